using System.Text;

namespace UringHttp;

/// <summary>CONNECT requests to a proxy and its answers, one after the other on one connection, until one lets us through.</summary>
internal sealed class ProxyConversation(Stream stream, Route route, HttpLimits limits)
{
    /// <summary>The most informational (1xx) heads that are passed over for one tunnel.</summary>
    private const int MaxInformationalHeads = 100;

    /// <summary>The most bytes, as they come, of bodies of refusals that are passed over for one tunnel.</summary>
    private const int MaxSkippedBytes = 1024 * 1024;

    private readonly ResponseHeadParser _parser = new(limits);
    private readonly ResponseHead _head = new(encodings: null);
    private readonly byte[] _buffer = new byte[limits.MaxResponseHeadBytes];
    private int _received;
    private int _informationalHeads;
    private long _skipped;
    private BodyFraming _framing;

    /// <summary>Whether the proxy keeps the connection for another request.</summary>
    internal bool IsKept { get; private set; }

    /// <summary>Bytes that came behind the last head.</summary>
    internal int Surplus => _received;

    /// <summary>Asks for the way to the origin.</summary>
    /// <returns>The answer, without its body.</returns>
    /// <exception cref="HttpRequestException">The proxy closes, or speaks nonsense.</exception>
    /// <exception cref="IOException">The connection failed.</exception>
    internal async Task<HttpResponseMessage> AskAsync(string? authorization, CancellationToken token)
    {
        await stream.WriteAsync(WriteHead(route.Origin, authorization), token).ConfigureAwait(false);
        HttpResponseMessage? answer;
        while ((answer = TryTakeHead()) is null)
        {
            await ReceiveAsync(token).ConfigureAwait(false);
        }

        return answer;
    }

    /// <summary>Passes over the body of the last answer, which explains to people what its status says to us.</summary>
    internal async Task SkipBodyAsync(CancellationToken token)
    {
        if (_framing.Kind == FramingKind.Length)
        {
            await SkipAsync(_framing.Length, token).ConfigureAwait(false);
        }
        else if (_framing.Kind == FramingKind.Chunked)
        {
            await SkipChunksAsync(token).ConfigureAwait(false);
        }
    }

    private static byte[] WriteHead(Origin origin, string? authorization)
    {
        string authority = origin.ToAuthority();
        string head = $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n";
        return Encoding.ASCII.GetBytes(authorization is null ? $"{head}\r\n" : $"{head}Proxy-Authorization: {authorization}\r\n\r\n");
    }

    private async ValueTask ReceiveAsync(CancellationToken token)
    {
        int count = _received == _buffer.Length
            ? 0
            : await stream.ReadAsync(_buffer.AsMemory(_received), token).ConfigureAwait(false);
        if (count == 0)
        {
            throw HttpErrors.TunnelFailed(route, "It closed the connection before it answered.", null);
        }

        _received += count;
    }

    /// <summary>The final head; null while it is not complete. Interim ones in front are passed over.</summary>
    private HttpResponseMessage? TryTakeHead()
    {
        while (_received > 0)
        {
            switch (_parser.Parse(_buffer.AsSpan(0, _received), out int length))
            {
                case ParseStatus.NeedMore:
                    return null;
                case ParseStatus.Invalid:
                    throw NotHttp(_parser.Error, _parser.ErrorOffset);
            }

            HttpResponseMessage? answer = _parser.StatusCode >= 200 ? TakeFinalHead(_buffer.AsSpan(0, length)) : null;
            Drop(length);
            if (answer is not null)
            {
                return answer;
            }

            if (++_informationalHeads > MaxInformationalHeads)
            {
                throw HttpErrors.TunnelFailed(
                    route, $"It sent more than {MaxInformationalHeads} informational (1xx) heads before its answer.", null);
            }
        }

        return null;
    }

    private HttpResponseMessage TakeFinalHead(ReadOnlySpan<byte> head)
    {
        HeaderView fields = _parser.View(head);
        bool isFramed = BodyFraming.TryFromResponse(
            MethodKind.Connect, _parser.StatusCode, _parser.Version, fields, out _framing, out HttpProtocolError error);
        IsKept = _framing.Kind != FramingKind.UntilClose && KeepAlive.IsKept(_parser.Version, fields);
        return isFramed
            ? _head.Create(_parser, head, new HttpRequestMessage(HttpMethod.Connect, route.Proxy!.Uri), new ByteArrayContent([]))
            : throw NotHttp(error, head.Length);
    }

    private HttpRequestException NotHttp(HttpProtocolError error, int offset) => HttpErrors.TunnelFailed(
        route, $"Its answer is not HTTP: {HttpProtocolErrors.Describe(error)} (at byte {offset}).", null);

    private async ValueTask SkipAsync(long length, CancellationToken token)
    {
        while (true)
        {
            int count = (int)Math.Min(length, _received);
            Skip(count);
            length -= count;
            if (length == 0)
            {
                return;
            }

            await ReceiveAsync(token).ConfigureAwait(false);
        }
    }

    private async ValueTask SkipChunksAsync(CancellationToken token)
    {
        var decoder = new ChunkedDecoder(limits);
        var trailers = new HeaderList(0);
        while (true)
        {
            ChunkedStatus status = decoder.Decode(_buffer.AsSpan(0, _received), trailers, out int consumed, out _);
            Skip(consumed);
            switch (status)
            {
                case ChunkedStatus.Complete:
                    return;
                case ChunkedStatus.Invalid:
                    throw NotHttp(decoder.Error, (int)decoder.ErrorOffset);
                case ChunkedStatus.NeedMore:
                    await ReceiveAsync(token).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Drops what belongs to a body.</summary>
    private void Skip(int count)
    {
        Drop(count);
        _skipped += count;
        if (_skipped > MaxSkippedBytes)
        {
            throw HttpErrors.TunnelFailed(route, $"It explains its refusal in more than {MaxSkippedBytes} bytes.", null);
        }
    }

    private void Drop(int count)
    {
        _received -= count;
        _buffer.AsSpan(count, _received).CopyTo(_buffer);
    }
}
