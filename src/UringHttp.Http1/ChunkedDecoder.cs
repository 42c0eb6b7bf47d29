namespace UringHttp;

/// <summary>What <see cref="ChunkedDecoder.Decode"/> has to say about the bytes it was given.</summary>
public enum ChunkedStatus
{
    /// <summary>All that was there is consumed, or only unfinished trailers are left: receive more.</summary>
    NeedMore,

    /// <summary>A run of body bytes is handed out. There may be more behind it: call again.</summary>
    Body,

    /// <summary>The body and its trailers are finished. The bytes that follow belong to the next message.</summary>
    Complete,

    /// <summary>A rule of HTTP is broken, and the decoder names it. The connection is of no more use.</summary>
    Invalid,
}

/// <summary>Decodes a chunked body in place (RFC 9112 §7.1): it copies nothing, and points at the body bytes in its input.</summary>
/// <remarks>
/// <para>
/// Give it the bytes as they come, cut anywhere. After each call, give it next the bytes it has not consumed, and whatever came
/// behind them. Sizes, extensions and data are consumed as they come; only the trailer section is parsed as one contiguous piece,
/// so an unfinished one stays unconsumed, up to <see cref="HttpLimits.MaxTrailerBytes"/>.
/// </para>
/// <para>
/// Strict: a size is hexadecimal digits and nothing else, lines end in CR LF, and extensions, which are passed over, hold no
/// control character, so neither a lone CR nor a lone LF (CVE-2025-55315).
/// </para>
/// <para>A mutable struct: keep it in a field and do not copy it. Throws for no input, and allocates nothing.</para>
/// </remarks>
public struct ChunkedDecoder
{
    private const long MaxSizeBeforeDigit = long.MaxValue >> 4;

    private readonly HttpLimits? _limits;
    private State _state;
    private int _digits;
    private int _extensionBytes;
    private long _size;
    private long _position;
    private FieldParser _trailerParser;

    /// <summary>A decoder at the start of a body.</summary>
    /// <param name="limits">Sizes to refuse beyond; null for <see cref="HttpLimits.Default"/>.</param>
    public ChunkedDecoder(HttpLimits? limits)
    {
        _limits = limits;
    }

    private enum State : byte
    {
        Size,
        Extension,
        SizeLineEnd,
        Data,
        DataEnd,
        DataLineEnd,
        Trailers,
        Complete,
        Invalid,
    }

    /// <summary>How many bytes of the chunk it stands in are still to come; 0 between chunks.</summary>
    /// <remarks>A caller may receive up to that many bytes straight into their final place: all of them are body.</remarks>
    public readonly long ChunkRemaining => _state == State.Data ? _size : 0;

    /// <summary>After Complete: the length in bytes of the trailer section, its empty line included: the last bytes consumed.</summary>
    public int TrailerBytes { get; private set; }

    /// <summary>After Invalid: the rule that is broken.</summary>
    public HttpProtocolError Error { get; private set; }

    /// <summary>After Invalid: where, in bytes from the first byte of the encoded body.</summary>
    public long ErrorOffset { get; private set; }

    private readonly HttpLimits Limits => _limits ?? HttpLimits.Default;

    /// <summary>Decodes up to the end of the next run of body bytes.</summary>
    /// <param name="input">The bytes not consumed so far, and those that came behind them.</param>
    /// <param name="trailers">
    /// Gets the trailer fields. After Complete they are seen by
    /// <c>new HeaderView(input.Slice(consumed - TrailerBytes, TrailerBytes), trailers)</c>.
    /// </param>
    /// <param name="consumed">How many bytes are done with.</param>
    /// <param name="bodyLength">
    /// The length of the run of body bytes: they are the last of the consumed ones. Above 0 exactly if the status is Body.
    /// </param>
    public ChunkedStatus Decode(ReadOnlySpan<byte> input, HeaderList trailers, out int consumed, out int bodyLength)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        bodyLength = 0;
        var at = 0;
        while (at < input.Length && _state < State.Trailers)
        {
            if (_state == State.Data)
            {
                bodyLength = (int)Math.Min(_size, input.Length - at);
                at += bodyLength;
                TakeData(bodyLength);
                break;
            }

            var error = _state switch
            {
                State.Size => TakeSize(input, ref at),
                State.Extension => TakeExtension(input, ref at),
                State.SizeLineEnd => TakeSizeLineEnd(input[at], ref at, trailers),
                _ => TakeDataEnd(input[at], ref at),
            };
            if (error != HttpProtocolError.None)
            {
                // A bare CR is shown at the CR, not at the byte that makes it bare.
                consumed = at;
                return Fail(error, _position + at - (error == HttpProtocolError.BareCarriageReturn ? 1 : 0));
            }
        }

        consumed = at;
        _position += at;
        return _state switch
        {
            _ when bodyLength > 0 => ChunkedStatus.Body,
            State.Trailers => TakeTrailers(input[at..], trailers, ref consumed),
            State.Invalid => ChunkedStatus.Invalid,
            State.Complete => ChunkedStatus.Complete,
            _ => ChunkedStatus.NeedMore,
        };
    }

    /// <summary>Goes back to the start of a body, from wherever it stands.</summary>
    public void Reset() => this = new ChunkedDecoder(_limits);

    private HttpProtocolError TakeSize(ReadOnlySpan<byte> input, ref int at)
    {
        for (; at < input.Length; at++)
        {
            var digit = HexValue(input[at]);
            if (digit < 0)
            {
                return TakeSizeEnd(input[at], ref at);
            }

            if (_digits == Limits.MaxChunkSizeDigits)
            {
                return HttpProtocolError.ChunkSizeTooLong;
            }

            if (_size > MaxSizeBeforeDigit)
            {
                return HttpProtocolError.ChunkSizeOverflow;
            }

            _size = (_size << 4) | (uint)digit;
            _digits++;
        }

        return HttpProtocolError.None;
    }

    /// <summary>The byte behind the digits: the end of the line, or the start of an extension.</summary>
    private HttpProtocolError TakeSizeEnd(byte value, ref int at)
    {
        if (_digits == 0 || value is not ((byte)'\r' or (byte)';'))
        {
            return value == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidChunkSize;
        }

        _state = value == ';' ? State.Extension : State.SizeLineEnd;
        if (value == '\r')
        {
            at++;
        }

        return HttpProtocolError.None;
    }

    private HttpProtocolError TakeExtension(ReadOnlySpan<byte> input, ref int at)
    {
        var rest = input[at..];
        var end = rest.IndexOfAny(Tokens.ControlBytes);
        var length = end < 0 ? rest.Length : end;
        var room = Limits.MaxChunkExtensionBytes - _extensionBytes;
        if (length > room)
        {
            at += room;
            return HttpProtocolError.ChunkExtensionsTooLarge;
        }

        _extensionBytes += length;
        at += length;
        if (end < 0)
        {
            return HttpProtocolError.None;
        }

        if (rest[end] != '\r')
        {
            return rest[end] == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidChunkExtension;
        }

        at++;
        _state = State.SizeLineEnd;
        return HttpProtocolError.None;
    }

    private HttpProtocolError TakeSizeLineEnd(byte value, ref int at, HeaderList trailers)
    {
        if (value != '\n')
        {
            return HttpProtocolError.BareCarriageReturn;
        }

        at++;
        _digits = 0;
        if (_size > 0)
        {
            _state = State.Data;
            return HttpProtocolError.None;
        }

        // The chunk of size 0 has no data: the trailers follow its line.
        trailers.Clear();
        _trailerParser = new FieldParser(0);
        _state = State.Trailers;
        return HttpProtocolError.None;
    }

    private void TakeData(int length)
    {
        _size -= length;
        if (_size == 0)
        {
            _state = State.DataEnd;
        }
    }

    private HttpProtocolError TakeDataEnd(byte value, ref int at)
    {
        if (value != (_state == State.DataEnd ? '\r' : '\n'))
        {
            return HttpProtocolError.ChunkNotTerminated;
        }

        at++;
        _state = _state == State.DataEnd ? State.DataLineEnd : State.Size;
        return HttpProtocolError.None;
    }

    private ChunkedStatus TakeTrailers(ReadOnlySpan<byte> rest, HeaderList trailers, ref int consumed)
    {
        var limit = Limits.MaxTrailerBytes;
        var section = rest.Length > limit ? rest[..limit] : rest;
        switch (_trailerParser.Parse(section, trailers, Limits.MaxTrailerFields))
        {
            case ParseStatus.Complete:
                TrailerBytes = _trailerParser.Position;
                _position += TrailerBytes;
                consumed += TrailerBytes;
                _state = State.Complete;
                return ChunkedStatus.Complete;
            case ParseStatus.NeedMore when section.Length == limit:
                return Fail(HttpProtocolError.TrailersTooLarge, _position + limit);
            case ParseStatus.NeedMore:
                return ChunkedStatus.NeedMore;
            default:
                return Fail(_trailerParser.Error, _position + _trailerParser.ErrorOffset);
        }
    }

    private ChunkedStatus Fail(HttpProtocolError error, long offset)
    {
        Error = error;
        ErrorOffset = offset;
        _state = State.Invalid;
        return ChunkedStatus.Invalid;
    }

    private static int HexValue(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };
}
