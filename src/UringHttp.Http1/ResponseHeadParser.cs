namespace UringHttp;

/// <summary>Parses the head of a response: the status line and the fields (RFC 9112 §4 and §5). One for each connection.</summary>
/// <remarks>
/// <para>
/// It keeps no bytes: each call is given all bytes of the head received so far, and the parser remembers only how far it came, so
/// that the work is linear however few bytes come at a time. A wrong byte of the status line is refused as soon as it is there.
/// After <see cref="ParseStatus.Complete"/> the next call begins a new head, and the results of the one before are gone.
/// </para>
/// <para>
/// Strict, with three allowances that RFC 9112 makes: the reason phrase may be missing, with or without the space before it;
/// HTTP/1.2 to 1.9 is read as HTTP/1.1; and field values may hold bytes from 0x80 up. No empty line is passed over before it.
/// Informational (1xx) heads are heads like any other: go on with the next one.
/// </para>
/// <para>Not for several threads at a time. Throws for no input, and allocates only when <see cref="Fields"/> has to grow.</para>
/// </remarks>
public sealed class ResponseHeadParser
{
    // HTTP/1.1 200 OK
    private const int MinorVersionAt = 7;
    private const int StatusCodeAt = 9;
    private const int StatusCodeEnd = 12;

    private readonly HttpLimits _limits;
    private readonly HeaderList _fields = new();
    private FieldParser _fieldParser;
    private Phase _phase;
    private int _reasonSearched;
    private int _reasonEnd;

    /// <summary>A parser at the start of a head.</summary>
    /// <param name="limits">Sizes to refuse beyond; null for <see cref="HttpLimits.Default"/>.</param>
    public ResponseHeadParser(HttpLimits? limits = null)
    {
        _limits = limits ?? HttpLimits.Default;
    }

    private enum Phase : byte
    {
        Begin,
        StatusLine,
        Fields,
        Invalid,
    }

    /// <summary>After Complete: the version the response is to be read as.</summary>
    public ProtocolVersion Version { get; private set; }

    /// <summary>After Complete: the status code, from 100 to 999.</summary>
    public int StatusCode { get; private set; }

    /// <summary>The fields' offsets, counted from the first byte of the head. Filled again by each head.</summary>
    public HeaderList Fields => _fields;

    /// <summary>After Invalid: the rule that is broken.</summary>
    public HttpProtocolError Error { get; private set; }

    /// <summary>After Invalid: where, in bytes from the first byte of the head.</summary>
    public int ErrorOffset { get; private set; }

    /// <summary>Parses as much as is there.</summary>
    /// <param name="received">All bytes received since the head began; those after its end are left alone.</param>
    /// <param name="consumed">After Complete: the length of the head in bytes, its last empty line included. Otherwise 0.</param>
    public ParseStatus Parse(ReadOnlySpan<byte> received, out int consumed)
    {
        consumed = 0;
        var head = received.Length > _limits.MaxResponseHeadBytes ? received[.._limits.MaxResponseHeadBytes] : received;
        if (_phase == Phase.Begin)
        {
            _fields.Clear();
            _reasonSearched = StatusCodeEnd + 1;
            _phase = Phase.StatusLine;
        }

        if (_phase == Phase.StatusLine)
        {
            var status = ParseStatusLine(head);
            if (status != ParseStatus.Complete)
            {
                return status == ParseStatus.NeedMore ? NeedMore(head) : status;
            }

            _fieldParser = new FieldParser(_reasonEnd + 2);
            _phase = Phase.Fields;
        }

        if (_phase == Phase.Fields)
        {
            switch (_fieldParser.Parse(head, _fields, _limits.MaxResponseFields))
            {
                case ParseStatus.Complete:
                    consumed = _fieldParser.Position;
                    _phase = Phase.Begin;
                    return ParseStatus.Complete;
                case ParseStatus.NeedMore:
                    return NeedMore(head);
                default:
                    return Fail(_fieldParser.Error, _fieldParser.ErrorOffset);
            }
        }

        return ParseStatus.Invalid;
    }

    /// <summary>After Complete: the reason phrase, which may be empty and may hold bytes from 0x80 up.</summary>
    /// <param name="head">The bytes of the head.</param>
    public ReadOnlySpan<byte> ReasonPhrase(ReadOnlySpan<byte> head) =>
        _reasonEnd > StatusCodeEnd ? head[(StatusCodeEnd + 1).._reasonEnd] : default;

    /// <summary>After Complete: the fields.</summary>
    /// <param name="head">The bytes of the head.</param>
    public HeaderView View(ReadOnlySpan<byte> head) => new(head, _fields);

    /// <summary>Goes back to the start of a head, from wherever it stands.</summary>
    public void Reset()
    {
        _phase = Phase.Begin;
        Error = HttpProtocolError.None;
        ErrorOffset = 0;
    }

    private ParseStatus ParseStatusLine(ReadOnlySpan<byte> head)
    {
        if (head.Length <= StatusCodeEnd || !IsStatusLineStart(head))
        {
            return ExplainStatusLine(head);
        }

        Version = head[MinorVersionAt] == '0' ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        StatusCode = ((head[StatusCodeAt] - '0') * 100) + ((head[StatusCodeAt + 1] - '0') * 10) + (head[StatusCodeAt + 2] - '0');

        var end = StatusCodeEnd;
        if (head[end] == ' ')
        {
            end = Tokens.IndexOfControl(head, _reasonSearched);
            if (end < 0)
            {
                _reasonSearched = head.Length;
                return ParseStatus.NeedMore;
            }

            if (head[end] != '\r')
            {
                return Fail(head[end] == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidReasonPhrase, end);
            }

            _reasonSearched = end;
        }

        if (end + 1 == head.Length)
        {
            return ParseStatus.NeedMore;
        }

        if (head[end + 1] != '\n')
        {
            return Fail(HttpProtocolError.BareCarriageReturn, end);
        }

        _reasonEnd = end;
        return ParseStatus.Complete;
    }

    /// <summary>True if the line starts like <c>HTTP/1.1 200</c> followed by a space or CR.</summary>
    private static bool IsStatusLineStart(ReadOnlySpan<byte> head) =>
        head.StartsWith("HTTP/1."u8)
        && char.IsAsciiDigit((char)head[MinorVersionAt])
        && head[MinorVersionAt + 1] == ' '
        && head[StatusCodeAt] is >= (byte)'1' and <= (byte)'9'
        && char.IsAsciiDigit((char)head[StatusCodeAt + 1])
        && char.IsAsciiDigit((char)head[StatusCodeAt + 2])
        && head[StatusCodeEnd] is (byte)' ' or (byte)'\r';

    /// <summary>Finds the first wrong byte of a start that is too short or not right; there may be none yet.</summary>
    private ParseStatus ExplainStatusLine(ReadOnlySpan<byte> head)
    {
        for (var at = 0; at < head.Length && at <= StatusCodeEnd; at++)
        {
            var value = (char)head[at];
            var error = at switch
            {
                < 5 => value == "HTTP/"[at] ? HttpProtocolError.None : HttpProtocolError.NotHttp,
                5 => value == '1' ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                6 => value == '.' ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                MinorVersionAt => char.IsAsciiDigit(value) ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                MinorVersionAt + 1 => value == ' ' ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                StatusCodeAt => value is >= '1' and <= '9' ? HttpProtocolError.None : HttpProtocolError.InvalidStatusCode,
                < StatusCodeEnd => char.IsAsciiDigit(value) ? HttpProtocolError.None : HttpProtocolError.InvalidStatusCode,
                _ when value is ' ' or '\r' => HttpProtocolError.None,
                _ => value == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidStatusCode,
            };
            if (error != HttpProtocolError.None)
            {
                return Fail(error, at);
            }
        }

        return ParseStatus.NeedMore;
    }

    private ParseStatus NeedMore(ReadOnlySpan<byte> head) =>
        head.Length == _limits.MaxResponseHeadBytes ? Fail(HttpProtocolError.HeadTooLarge, head.Length) : ParseStatus.NeedMore;

    private ParseStatus Fail(HttpProtocolError error, int offset)
    {
        Error = error;
        ErrorOffset = offset;
        _phase = Phase.Invalid;
        return ParseStatus.Invalid;
    }
}
