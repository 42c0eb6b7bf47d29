using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace UringHttp;

/// <summary>What became of a line that was to be written.</summary>
public enum WriteStatus
{
    /// <summary>It is written.</summary>
    Written,

    /// <summary>It does not fit into the rest of the destination, and nothing of it is written. Write the head into a larger one.</summary>
    DoesNotFit,

    /// <summary>It holds what no message may hold; <see cref="HeadWriter.Error"/> names the rule. Nothing of it is written.</summary>
    Refused,
}

/// <summary>The bytes that characters become in a field value.</summary>
public enum HeadEncoding
{
    /// <summary>ASCII; any other character is refused. What <c>SocketsHttpHandler</c> does by default.</summary>
    Ascii,

    /// <summary>ISO 8859-1: one byte for each character up to U+00FF; any other is refused.</summary>
    Latin1,

    /// <summary>UTF-8; a lone surrogate is refused.</summary>
    Utf8,
}

/// <summary>Writes the head of a message, or its trailers, into a span: line by line, each whole or not at all.</summary>
/// <remarks>
/// Nothing that could end a line early gets through: names are tokens, values have no control character but HTAB, and a target is
/// visible ASCII, whatever the encoding. Where a field is put, and which, is the caller's affair. Allocates nothing; throws only for
/// a caller's mistakes (a status code that is none, an append to nothing).
/// </remarks>
public ref struct HeadWriter
{
    private readonly Span<byte> _destination;

    // True exactly while the last line is a field, and no attempt to write another has failed: what is appended goes nowhere else.
    private bool _isAfterField;

    /// <summary>A writer at the start of the destination.</summary>
    public HeadWriter(Span<byte> destination)
    {
        _destination = destination;
    }

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>How many bytes of the destination hold finished lines.</summary>
    public int Written { get; private set; }

    /// <summary>After <see cref="WriteStatus.Refused"/>: the rule.</summary>
    public HttpProtocolError Error { get; private set; }

    /// <summary>Writes the request line.</summary>
    /// <param name="method">A token.</param>
    /// <param name="target">Visible ASCII, not empty.</param>
    /// <param name="version">The version to claim.</param>
    public WriteStatus RequestLine(
        scoped ReadOnlySpan<byte> method,
        scoped ReadOnlySpan<byte> target,
        ProtocolVersion version = ProtocolVersion.Http11)
    {
        var at = Written;
        var status = PutToken(method, HttpProtocolError.InvalidMethod, " "u8, ref at);
        status = status == WriteStatus.Written ? PutTarget(target, ref at) : status;
        return status == WriteStatus.Written ? EndRequestLine(version, at) : status;
    }

    /// <inheritdoc cref="RequestLine(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ProtocolVersion)"/>
    public WriteStatus RequestLine(
        scoped ReadOnlySpan<char> method,
        scoped ReadOnlySpan<char> target,
        ProtocolVersion version = ProtocolVersion.Http11)
    {
        var at = Written;
        var status = PutToken(method, HttpProtocolError.InvalidMethod, " "u8, ref at);
        status = status == WriteStatus.Written ? PutTarget(target, ref at) : status;
        return status == WriteStatus.Written ? EndRequestLine(version, at) : status;
    }

    /// <summary>Writes a status line of HTTP/1.1.</summary>
    /// <param name="statusCode">From 100 to 999.</param>
    /// <param name="reason">May be empty; no control character but HTAB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status code is not from 100 to 999.</exception>
    public WriteStatus StatusLine(int statusCode, scoped ReadOnlySpan<byte> reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 999);
        if (reason.ContainsAny(Tokens.ControlBytes))
        {
            return Refuse(HttpProtocolError.InvalidReasonPhrase);
        }

        var at = Written;
        ReadOnlySpan<byte> code =
            [(byte)('0' + (statusCode / 100)), (byte)('0' + (statusCode / 10 % 10)), (byte)('0' + (statusCode % 10)), (byte)' '];
        var isFitting = TryCopy("HTTP/1.1 "u8, ref at) && TryCopy(code, ref at) && TryCopy(reason, ref at);
        return isFitting ? EndLine(at, isField: false) : WriteStatus.DoesNotFit;
    }

    /// <summary>Writes a field.</summary>
    /// <param name="name">A token.</param>
    /// <param name="value">No control character but HTAB. Bytes from 0x80 up are written as they are.</param>
    public WriteStatus Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        var at = Written;
        var status = PutToken(name, HttpProtocolError.InvalidFieldName, ": "u8, ref at);
        status = status == WriteStatus.Written ? PutValue(value, ref at) : status;
        return status == WriteStatus.Written ? EndLine(at, isField: true) : status;
    }

    /// <summary>Writes a field.</summary>
    /// <param name="name">A token.</param>
    /// <param name="value">No control character but HTAB.</param>
    /// <param name="encoding">What characters outside of ASCII become.</param>
    public WriteStatus Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<char> value, HeadEncoding encoding = HeadEncoding.Ascii)
    {
        var at = Written;
        var status = PutToken(name, HttpProtocolError.InvalidFieldName, ": "u8, ref at);
        status = status == WriteStatus.Written ? PutValue(value, encoding, ref at) : status;
        return status == WriteStatus.Written ? EndLine(at, isField: true) : status;
    }

    /// <inheritdoc cref="Field(ReadOnlySpan{byte}, ReadOnlySpan{char}, HeadEncoding)"/>
    public WriteStatus Field(scoped ReadOnlySpan<char> name, scoped ReadOnlySpan<char> value, HeadEncoding encoding = HeadEncoding.Ascii)
    {
        var at = Written;
        var status = PutToken(name, HttpProtocolError.InvalidFieldName, ": "u8, ref at);
        status = status == WriteStatus.Written ? PutValue(value, encoding, ref at) : status;
        return status == WriteStatus.Written ? EndLine(at, isField: true) : status;
    }

    /// <summary>Writes a field whose value is a decimal number, such as Content-Length.</summary>
    /// <param name="name">A token.</param>
    /// <param name="value">The number.</param>
    public WriteStatus Field(scoped ReadOnlySpan<byte> name, long value)
    {
        var at = Written;
        var status = PutToken(name, HttpProtocolError.InvalidFieldName, ": "u8, ref at);
        if (status != WriteStatus.Written)
        {
            return status;
        }

        if (!value.TryFormat(_destination[at..], out var length, provider: CultureInfo.InvariantCulture))
        {
            return WriteStatus.DoesNotFit;
        }

        return EndLine(at + length, isField: true);
    }

    /// <summary>Adds to the value of the field just written, as in <c>a, b</c>.</summary>
    /// <param name="separator">What stands between the two, such as <c>", "</c>.</param>
    /// <param name="value">No control character but HTAB.</param>
    /// <param name="encoding">What characters outside of ASCII become.</param>
    /// <exception cref="InvalidOperationException">The last call did not write a field.</exception>
    public WriteStatus AppendToField(
        scoped ReadOnlySpan<byte> separator,
        scoped ReadOnlySpan<char> value,
        HeadEncoding encoding = HeadEncoding.Ascii)
    {
        var at = StartAppend();
        var status = PutValue(separator, ref at);
        status = status == WriteStatus.Written ? PutValue(value, encoding, ref at) : status;
        return EndAppend(status, at);
    }

    /// <summary>Adds to the value of the field just written, as in <c>a, b</c>.</summary>
    /// <param name="separator">What stands between the two, such as <c>", "</c>.</param>
    /// <param name="value">No control character but HTAB. Bytes from 0x80 up are written as they are.</param>
    /// <exception cref="InvalidOperationException">The last call did not write a field.</exception>
    public WriteStatus AppendToField(scoped ReadOnlySpan<byte> separator, scoped ReadOnlySpan<byte> value)
    {
        var at = StartAppend();
        var status = PutValue(separator, ref at);
        status = status == WriteStatus.Written ? PutValue(value, ref at) : status;
        return EndAppend(status, at);
    }

    /// <summary>Writes the empty line that ends a head or trailers.</summary>
    public WriteStatus End() => EndLine(Written, isField: false);

    /// <summary>Copies lines that a writer has written before, CR LF and all: nothing is looked at.</summary>
    internal WriteStatus Prepared(scoped ReadOnlySpan<byte> lines)
    {
        var at = Written;
        if (!TryCopy(lines, ref at))
        {
            return WriteStatus.DoesNotFit;
        }

        Written = at;
        _isAfterField = false;
        return WriteStatus.Written;
    }

    // Each Put moves `at` behind what it has put. Nothing counts as written before the line is ended.

    private WriteStatus PutToken(scoped ReadOnlySpan<byte> token, HttpProtocolError error, scoped ReadOnlySpan<byte> separator, ref int at)
    {
        _isAfterField = false;
        if (!Tokens.IsToken(token))
        {
            return Refuse(error);
        }

        return TryCopy(token, ref at) && TryCopy(separator, ref at) ? WriteStatus.Written : WriteStatus.DoesNotFit;
    }

    private WriteStatus PutToken(scoped ReadOnlySpan<char> token, HttpProtocolError error, scoped ReadOnlySpan<byte> separator, ref int at)
    {
        _isAfterField = false;
        var room = _destination[at..];
        var status = Ascii.FromUtf16(token, room, out var length);
        if (status == OperationStatus.DestinationTooSmall)
        {
            return WriteStatus.DoesNotFit;
        }

        if (status != OperationStatus.Done || !Tokens.IsToken(room[..length]))
        {
            return Refuse(error);
        }

        at += length;
        return TryCopy(separator, ref at) ? WriteStatus.Written : WriteStatus.DoesNotFit;
    }

    private WriteStatus PutTarget(scoped ReadOnlySpan<byte> target, ref int at)
    {
        if (!Tokens.IsTarget(target))
        {
            return Refuse(HttpProtocolError.InvalidTarget);
        }

        return TryCopy(target, ref at) ? WriteStatus.Written : WriteStatus.DoesNotFit;
    }

    private WriteStatus PutTarget(scoped ReadOnlySpan<char> target, ref int at)
    {
        var room = _destination[at..];
        var status = Ascii.FromUtf16(target, room, out var length);
        if (status == OperationStatus.DestinationTooSmall)
        {
            return WriteStatus.DoesNotFit;
        }

        if (status != OperationStatus.Done || !Tokens.IsTarget(room[..length]))
        {
            return Refuse(HttpProtocolError.InvalidTarget);
        }

        at += length;
        return WriteStatus.Written;
    }

    private WriteStatus PutValue(scoped ReadOnlySpan<byte> value, ref int at)
    {
        if (value.ContainsAny(Tokens.ControlBytes))
        {
            return Refuse(HttpProtocolError.InvalidFieldValue);
        }

        return TryCopy(value, ref at) ? WriteStatus.Written : WriteStatus.DoesNotFit;
    }

    private WriteStatus PutValue(scoped ReadOnlySpan<char> value, HeadEncoding encoding, ref int at)
    {
        var room = _destination[at..];
        int length;
        var status = encoding switch
        {
            HeadEncoding.Latin1 => ToLatin1(value, room, out length),
            HeadEncoding.Utf8 => Utf8.FromUtf16(value, room, out _, out length, replaceInvalidSequences: false),
            _ => Ascii.FromUtf16(value, room, out length),
        };
        if (status == OperationStatus.DestinationTooSmall)
        {
            return WriteStatus.DoesNotFit;
        }

        if (status != OperationStatus.Done)
        {
            return Refuse(HttpProtocolError.UnencodableCharacter);
        }

        // The bytes are looked at, and not the characters, so that no encoding can bring a control character in.
        if (room[..length].ContainsAny(Tokens.ControlBytes))
        {
            return Refuse(HttpProtocolError.InvalidFieldValue);
        }

        at += length;
        return WriteStatus.Written;
    }

    private static OperationStatus ToLatin1(ReadOnlySpan<char> value, Span<byte> destination, out int written)
    {
        written = 0;
        if (value.ContainsAnyExcept(Tokens.Latin1Characters))
        {
            return OperationStatus.InvalidData;
        }

        return Encoding.Latin1.TryGetBytes(value, destination, out written) ? OperationStatus.Done : OperationStatus.DestinationTooSmall;
    }

    private readonly bool TryCopy(scoped ReadOnlySpan<byte> bytes, ref int at)
    {
        if (!bytes.TryCopyTo(_destination[at..]))
        {
            return false;
        }

        at += bytes.Length;
        return true;
    }

    private readonly int StartAppend() =>
        _isAfterField ? Written - LineEnd.Length : throw new InvalidOperationException("The last call did not write a field.");

    private WriteStatus EndAppend(WriteStatus status, int at)
    {
        status = status == WriteStatus.Written ? EndLine(at, isField: true) : status;
        if (status != WriteStatus.Written)
        {
            // The field was finished before, and is again.
            LineEnd.CopyTo(_destination[(Written - LineEnd.Length)..]);
        }

        return status;
    }

    private WriteStatus EndRequestLine(ProtocolVersion version, int at)
    {
        var isFitting = TryCopy(version == ProtocolVersion.Http10 ? " HTTP/1.0"u8 : " HTTP/1.1"u8, ref at);
        return isFitting ? EndLine(at, isField: false) : WriteStatus.DoesNotFit;
    }

    private WriteStatus EndLine(int at, bool isField)
    {
        if (!TryCopy(LineEnd, ref at))
        {
            return WriteStatus.DoesNotFit;
        }

        Written = at;
        _isAfterField = isField;
        return WriteStatus.Written;
    }

    private WriteStatus Refuse(HttpProtocolError error)
    {
        Error = error;
        return WriteStatus.Refused;
    }
}
