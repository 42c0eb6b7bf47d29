using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace UringHttp;

/// <summary>The character classes of HTTP/1.1 and the comma-separated list (RFC 9110 §5.6), for parsers and writers alike.</summary>
/// <remarks>
/// Names and values are short, a dozen bytes or two, so the two searches that parsing lives on are written here, inlined, a vector
/// a step: a call into a general search costs more than the search. A test compares both with <see cref="SearchValues"/>.
/// </remarks>
internal static class Tokens
{
    /// <summary>tchar: what method and field names are made of (RFC 9110 §5.6.2).</summary>
    public static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>
    /// The bytes that no field value and no reason phrase may hold: all controls but HTAB (RFC 9110 §5.5). CR is among them, so
    /// that one search finds the end of a line and everything wrong in it.
    /// </summary>
    public static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000A\u000B\u000C\u000D\u000E\u000F"u8 +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F"u8);

    /// <summary>The characters that are one byte in ISO 8859-1.</summary>
    public static readonly SearchValues<char> Latin1Characters =
        SearchValues.Create([.. Enumerable.Range(0, 0x100).Select(value => (char)value)]);

    // tchar as a bitmap of 16 columns, one for each low half of a byte; bit n of a column stands for the high half n.
    private static readonly Vector128<byte> _tokenColumns = BuildTokenColumns();

    // High half n -> bit n; nothing for 8 and above, which are no ASCII.
    private static readonly Vector128<byte> _rowBits = Vector128.Create(1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, (byte)0);

    /// <summary>True for a non-empty run of tchar.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && IndexOfNonToken(text, 0) < 0;

    /// <summary>True for what a request target can be: visible ASCII, and not nothing (RFC 9112 §3.2).</summary>
    public static bool IsTarget(ReadOnlySpan<byte> text) => !text.IsEmpty && IndexOfNonVisible(text) < 0;

    /// <summary>The first byte that is not visible ASCII; -1 if there is none.</summary>
    public static int IndexOfNonVisible(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E);

    /// <summary>The first byte at <paramref name="from"/> or after that is not a tchar; -1 if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexOfNonToken(ReadOnlySpan<byte> bytes, int from)
    {
        for (; bytes.Length - from >= Vector128<byte>.Count; from += Vector128<byte>.Count)
        {
            var found = NonTokens(Vector128.Create(bytes.Slice(from, Vector128<byte>.Count)));
            if (found != 0)
            {
                return from + BitOperations.TrailingZeroCount(found);
            }
        }

        return IndexOfNonTokenInTail(bytes, from);
    }

    /// <summary>The first byte at <paramref name="from"/> or after that is a control other than HTAB; -1 if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexOfControl(ReadOnlySpan<byte> bytes, int from)
    {
        for (; bytes.Length - from >= Vector256<byte>.Count; from += Vector256<byte>.Count)
        {
            var found = Controls(Vector256.Create(bytes.Slice(from, Vector256<byte>.Count)));
            if (found != 0)
            {
                return from + BitOperations.TrailingZeroCount(found);
            }
        }

        return IndexOfControlInTail(bytes, from);
    }

    /// <summary>True for SP and HTAB, the only optional white space there is (RFC 9110 §5.6.3).</summary>
    public static bool IsWhitespace(byte value) => value is (byte)' ' or (byte)'\t';

    /// <summary>The text without white space at its ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>
    /// Takes the next element off a comma-separated list, trimmed. Empty elements are passed over, as RFC 9110 §5.6.1 asks of a
    /// recipient. Quoted strings are not known here: no list that framing reads may hold one.
    /// </summary>
    /// <returns>False at the end of the list.</returns>
    public static bool TryTakeElement(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        while (!list.IsEmpty)
        {
            var comma = list.IndexOf((byte)',');
            element = Trim(comma < 0 ? list : list[..comma]);
            list = comma < 0 ? default : list[(comma + 1)..];
            if (!element.IsEmpty)
            {
                return true;
            }
        }

        element = default;
        return false;
    }

    /// <summary>Compares without regard to the case of ASCII letters.</summary>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Ascii.EqualsIgnoreCase(left, right);

    /// <summary>One bit for each byte that is not a tchar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint NonTokens(Vector128<byte> bytes)
    {
        var columns = Vector128.ShuffleNative(_tokenColumns, bytes & Vector128.Create((byte)0x0F));
        var rows = Vector128.ShuffleNative(_rowBits, bytes >>> 4);
        return Vector128.Equals(columns & rows, Vector128<byte>.Zero).ExtractMostSignificantBits();
    }

    /// <summary>One bit for each byte that is a control other than HTAB.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Controls(Vector256<byte> bytes)
    {
        var low = Vector256.LessThan(bytes, Vector256.Create((byte)0x20)) & ~Vector256.Equals(bytes, Vector256.Create((byte)'\t'));
        return (low | Vector256.Equals(bytes, Vector256.Create((byte)0x7F))).ExtractMostSignificantBits();
    }

    // Less than a vector is left. If there are so many bytes at all, the last ones are looked at, and those before `from` shifted out.

    private static int IndexOfNonTokenInTail(ReadOnlySpan<byte> bytes, int from)
    {
        var last = bytes.Length - Vector128<byte>.Count;
        if (last < 0)
        {
            var offset = bytes[from..].IndexOfAnyExcept(TokenBytes);
            return offset < 0 ? -1 : from + offset;
        }

        var found = NonTokens(Vector128.Create(bytes[last..])) >> (from - last);
        return found == 0 ? -1 : from + BitOperations.TrailingZeroCount(found);
    }

    private static int IndexOfControlInTail(ReadOnlySpan<byte> bytes, int from)
    {
        var last = bytes.Length - Vector256<byte>.Count;
        if (last < 0)
        {
            var offset = bytes[from..].IndexOfAny(ControlBytes);
            return offset < 0 ? -1 : from + offset;
        }

        // Two shifts: from - last is 32 when nothing is left, and a shift by 32 would be none.
        var found = Controls(Vector256.Create(bytes[last..])) >> (from - last - 1) >> 1;
        return found == 0 ? -1 : from + BitOperations.TrailingZeroCount(found);
    }

    private static Vector128<byte> BuildTokenColumns()
    {
        Span<byte> columns = stackalloc byte[Vector128<byte>.Count];
        columns.Clear();
        for (var value = 0; value < 0x80; value++)
        {
            if (TokenBytes.Contains((byte)value))
            {
                columns[value & 0x0F] |= (byte)(1 << (value >> 4));
            }
        }

        return Vector128.Create((ReadOnlySpan<byte>)columns);
    }
}
