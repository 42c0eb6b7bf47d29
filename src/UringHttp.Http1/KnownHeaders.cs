using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace UringHttp;

/// <summary>The table of known field names: from an id to its name and back. Immutable; any thread.</summary>
public static class KnownHeaders
{
    private const int RowBytes = 32;

    // In the order of the enum; a test compares the two.
    private static readonly string[] _names =
    [
        "",
        "Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges",
        "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "Age", "Allow", "Alt-Svc", "Authorization", "Cache-Control", "Connection",
        "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range",
        "Content-Security-Policy", "Content-Type",
        "Cookie", "Date", "ETag", "Expect", "Expires", "Forwarded", "Host",
        "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since",
        "Keep-Alive", "Last-Modified", "Link", "Location", "Origin", "Pragma", "Proxy-Authenticate", "Proxy-Authorization",
        "Proxy-Connection",
        "Range", "Referer", "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security", "TE", "Traceparent", "Trailer",
        "Transfer-Encoding",
        "Upgrade", "User-Agent", "Vary", "Via", "WWW-Authenticate", "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By",
        "X-Request-Id",
    ];

    // The names in lower case, each padded to a row of 32 bytes, which the longest of them fills.
    private static readonly byte[] _rows = BuildRows();

    private static readonly byte[] _lengths = [.. _names.Select(name => (byte)name.Length)];

    // Slot of a hash -> the one known name that has it. No two known names share a slot; a test says so.
    private static readonly byte[] _slots = BuildSlots();

    /// <summary>How many ids there are, <see cref="KnownHeader.None"/> included.</summary>
    internal static int Count => _names.Length;

    /// <summary>The field name as it is usually written, such as <c>Content-Length</c>; empty for <see cref="KnownHeader.None"/>.</summary>
    /// <remarks>A constant: nothing is allocated.</remarks>
    public static string Name(KnownHeader header) => (uint)header < (uint)_names.Length ? _names[(int)header] : "";

    /// <summary>The id of a field name, in any case; <see cref="KnownHeader.None"/> when it has none.</summary>
    public static KnownHeader Find(ReadOnlySpan<byte> name) => name.IsEmpty ? KnownHeader.None : Find(name, 0, name.Length);

    /// <summary>The id of the name, not empty, that stands at a place in the bytes. Found fastest if enough bytes follow it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static KnownHeader Find(ReadOnlySpan<byte> bytes, int start, int length)
    {
        int candidate = _slots[SlotOf(bytes[start], bytes[start + ((length * 3) >> 2)], bytes[start + length - 1], length)];
        if (_lengths[candidate] != length)
        {
            return KnownHeader.None;
        }

        var row = _rows.AsSpan(candidate * RowBytes, RowBytes);
        if (bytes.Length - start < RowBytes)
        {
            return Ascii.EqualsIgnoreCase(bytes.Slice(start, length), row[..length]) ? (KnownHeader)candidate : KnownHeader.None;
        }

        // All names consist of letters, digits and hyphens. No other token character becomes one of these by setting 0x20.
        var lowerCase = Vector256.Create(bytes.Slice(start, RowBytes)) | Vector256.Create((byte)0x20);
        var equal = Vector256.Equals(lowerCase, Vector256.Create((ReadOnlySpan<byte>)row)).ExtractMostSignificantBits();
        return BitOperations.TrailingZeroCount(~equal) >= length ? (KnownHeader)candidate : KnownHeader.None;
    }

    /// <summary>A perfect hash of the known names: length and three letters tell all apart. 0x20 makes letters lower case.</summary>
    internal static byte SlotOf(byte first, byte late, byte last, int length) =>
        (byte)(length + (5 * (first | 0x20)) + (13 * (late | 0x20)) + (4 * (last | 0x20)));

    private static byte[] BuildRows()
    {
        var rows = new byte[_names.Length * RowBytes];
        for (var id = 1; id < _names.Length; id++)
        {
            Encoding.ASCII.GetBytes(_names[id].ToLowerInvariant(), rows.AsSpan(id * RowBytes));
        }

        return rows;
    }

    private static byte[] BuildSlots()
    {
        var slots = new byte[256];
        for (var id = 1; id < _names.Length; id++)
        {
            var row = _rows.AsSpan(id * RowBytes, _names[id].Length);
            slots[SlotOf(row[0], row[(row.Length * 3) >> 2], row[^1], row.Length)] = (byte)id;
        }

        return slots;
    }
}
