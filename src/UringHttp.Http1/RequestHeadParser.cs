namespace UringHttp;

/// <summary>Parses the head of a request: the request line and the fields (RFC 9112 §3 and §5). One for each connection.</summary>
/// <remarks>
/// <para>
/// It keeps no bytes: each call is given all bytes of the head received so far, and the parser remembers only how far it came, so
/// that the work is linear however few bytes come at a time. A wrong byte of the request line is refused as soon as it is there.
/// After <see cref="ParseStatus.Complete"/> the next call begins a new head, and the results of the one before are gone.
/// </para>
/// <para>
/// Strict, with three allowances that RFC 9112 makes: one empty line may stand before the request line (§2.2), and is part of the
/// head; HTTP/1.2 to 1.9 is read as HTTP/1.1; and field values may hold bytes from 0x80 up. One Host field is asked of HTTP/1.1,
/// and at most one of HTTP/1.0 (§3.2). Whether the target has the right form for its method is for the caller to judge.
/// </para>
/// <para>Not for several threads at a time. Throws for no input, and allocates only when <see cref="Fields"/> has to grow.</para>
/// </remarks>
public sealed class RequestHeadParser
{
    // "HTTP/1.1" and CR LF
    private const int MinorVersionAt = 7;
    private const int VersionLength = 10;

    private readonly HttpLimits _limits;
    private readonly HeaderList _fields = new();
    private FieldParser _fieldParser;
    private Phase _phase;

    // The request line begins at _lineStart; of the part that _phase names, the bytes before _searched are known to be right.
    private int _lineStart;
    private int _searched;
    private int _methodEnd;
    private int _targetEnd;

    /// <summary>A parser at the start of a head.</summary>
    /// <param name="limits">Sizes to refuse beyond; null for <see cref="HttpLimits.Default"/>.</param>
    public RequestHeadParser(HttpLimits? limits = null)
    {
        _limits = limits ?? HttpLimits.Default;
    }

    private enum Phase : byte
    {
        Begin,
        EmptyLine,
        Method,
        Target,
        Version,
        Fields,
        Invalid,
    }

    /// <summary>After Complete: the version the request is to be read as.</summary>
    public ProtocolVersion Version { get; private set; }

    /// <summary>After Complete: the kind of the method.</summary>
    public MethodKind MethodKind { get; private set; }

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
        var head = received.Length > _limits.MaxRequestHeadBytes ? received[.._limits.MaxRequestHeadBytes] : received;
        if (_phase == Phase.Begin)
        {
            _fields.Clear();
            _lineStart = 0;
            _searched = 0;
            _phase = Phase.EmptyLine;
        }

        if (_phase < Phase.Fields)
        {
            var status = ParseRequestLine(head);
            if (status != ParseStatus.Complete)
            {
                return status == ParseStatus.NeedMore ? NeedMore(head) : status;
            }
        }

        if (_phase == Phase.Fields)
        {
            switch (_fieldParser.Parse(head, _fields, _limits.MaxRequestFields))
            {
                case ParseStatus.Complete:
                    return FinishHead(out consumed);
                case ParseStatus.NeedMore:
                    return NeedMore(head);
                default:
                    return Fail(_fieldParser.Error, _fieldParser.ErrorOffset);
            }
        }

        return ParseStatus.Invalid;
    }

    /// <summary>After Complete: the method, a token.</summary>
    /// <param name="head">The bytes of the head.</param>
    public ReadOnlySpan<byte> Method(ReadOnlySpan<byte> head) => head[_lineStart.._methodEnd];

    /// <summary>After Complete: the request target as it was received: visible ASCII, not decoded.</summary>
    /// <param name="head">The bytes of the head.</param>
    public ReadOnlySpan<byte> Target(ReadOnlySpan<byte> head) => head[(_methodEnd + 1).._targetEnd];

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

    private ParseStatus ParseRequestLine(ReadOnlySpan<byte> head)
    {
        if (_phase == Phase.EmptyLine)
        {
            var status = SkipEmptyLine(head);
            if (status != ParseStatus.Complete)
            {
                return status;
            }
        }

        var room = head.Length - _lineStart;
        var isCut = room >= _limits.MaxRequestLineBytes;
        var line = isCut ? head[..(_lineStart + _limits.MaxRequestLineBytes)] : head;
        var result = ParseLine(line);
        return result == ParseStatus.NeedMore && isCut ? Fail(HttpProtocolError.RequestLineTooLong, line.Length) : result;
    }

    private ParseStatus SkipEmptyLine(ReadOnlySpan<byte> head)
    {
        if (!head.IsEmpty && head[0] == '\r')
        {
            if (head.Length == 1)
            {
                return ParseStatus.NeedMore;
            }

            if (head[1] != '\n')
            {
                return Fail(HttpProtocolError.BareCarriageReturn, 0);
            }

            _lineStart = 2;
            _searched = 2;
        }

        if (head.Length == _lineStart)
        {
            return ParseStatus.NeedMore;
        }

        _phase = Phase.Method;
        return ParseStatus.Complete;
    }

    /// <summary>Method SP target SP version CR LF, each part as far as the bytes go.</summary>
    private ParseStatus ParseLine(ReadOnlySpan<byte> line)
    {
        if (_phase == Phase.Method)
        {
            if (!TryFindEnd(line, line[_searched..].IndexOfAnyExcept(Tokens.TokenBytes), out _methodEnd))
            {
                return ParseStatus.NeedMore;
            }

            if (line[_methodEnd] != ' ' || _methodEnd == _lineStart)
            {
                return Fail(line[_methodEnd] == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidMethod, _methodEnd);
            }

            _searched = _methodEnd + 1;
            _phase = Phase.Target;
        }

        if (_phase == Phase.Target)
        {
            if (!TryFindEnd(line, Tokens.IndexOfNonVisible(line[_searched..]), out _targetEnd))
            {
                return ParseStatus.NeedMore;
            }

            if (line[_targetEnd] != ' ' || _targetEnd == _methodEnd + 1)
            {
                return Fail(WrongTarget(line[_targetEnd], _targetEnd - _methodEnd - 1), _targetEnd);
            }

            _phase = Phase.Version;
        }

        return ParseVersion(line);
    }

    private ParseStatus ParseVersion(ReadOnlySpan<byte> line)
    {
        var version = line[(_targetEnd + 1)..];
        if (!version.StartsWith("HTTP/1.1\r\n"u8))
        {
            var status = ParseVersionByByte(version);
            if (status != ParseStatus.Complete)
            {
                return status;
            }
        }

        Version = version[MinorVersionAt] == '0' ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        MethodKind = MethodKinds.Of(line[_lineStart.._methodEnd]);
        _fieldParser = new FieldParser(_targetEnd + 1 + VersionLength);
        _phase = Phase.Fields;
        return ParseStatus.Complete;
    }

    private ParseStatus ParseVersionByByte(ReadOnlySpan<byte> version)
    {
        for (var at = 0; at < version.Length && at < VersionLength; at++)
        {
            var value = (char)version[at];
            var error = at switch
            {
                < 5 => value == "HTTP/"[at] ? HttpProtocolError.None : HttpProtocolError.NotHttp,
                5 => value == '1' ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                6 => value == '.' ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                MinorVersionAt => char.IsAsciiDigit(value) ? HttpProtocolError.None : HttpProtocolError.UnsupportedVersion,
                MinorVersionAt + 1 when value == '\r' => HttpProtocolError.None,
                MinorVersionAt + 1 => value == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidRequestLine,
                _ => value == '\n' ? HttpProtocolError.None : HttpProtocolError.BareCarriageReturn,
            };
            if (error != HttpProtocolError.None)
            {
                // A bare CR is shown at the CR, not at the byte that makes it bare.
                return Fail(error, _targetEnd + 1 + (error == HttpProtocolError.BareCarriageReturn ? at - 1 : at));
            }
        }

        return version.Length < VersionLength ? ParseStatus.NeedMore : ParseStatus.Complete;
    }

    private bool TryFindEnd(ReadOnlySpan<byte> line, int offset, out int end)
    {
        end = offset < 0 ? line.Length : _searched + offset;
        _searched = end;
        return offset >= 0;
    }

    private static HttpProtocolError WrongTarget(byte wrong, int length) => (char)wrong switch
    {
        '\n' => HttpProtocolError.BareLineFeed,

        // A line without a version is a request of HTTP/0.9.
        '\r' when length > 0 => HttpProtocolError.NotHttp,
        _ => HttpProtocolError.InvalidTarget,
    };

    private ParseStatus FinishHead(out int consumed)
    {
        consumed = 0;
        var host = _fields.IndexOf(KnownHeader.Host);
        if (host < 0 && Version == ProtocolVersion.Http11)
        {
            return Fail(HttpProtocolError.MissingHost, _fieldParser.Position);
        }

        var second = host < 0 ? -1 : _fields.IndexOf(KnownHeader.Host, host + 1);
        if (second >= 0)
        {
            return Fail(HttpProtocolError.RepeatedHost, _fields[second].NameStart);
        }

        consumed = _fieldParser.Position;
        _phase = Phase.Begin;
        return ParseStatus.Complete;
    }

    private ParseStatus NeedMore(ReadOnlySpan<byte> head) =>
        head.Length == _limits.MaxRequestHeadBytes ? Fail(HttpProtocolError.HeadTooLarge, head.Length) : ParseStatus.NeedMore;

    private ParseStatus Fail(HttpProtocolError error, int offset)
    {
        Error = error;
        ErrorOffset = offset;
        _phase = Phase.Invalid;
        return ParseStatus.Invalid;
    }
}
