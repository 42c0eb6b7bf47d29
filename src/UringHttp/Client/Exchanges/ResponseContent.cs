using System.Net;

namespace UringHttp;

/// <summary>The content of a response: its body, read once, as a stream or into one.</summary>
internal sealed class ResponseContent(Stream body) : HttpContent
{
    private Stream _body = body;
    private bool _isDecoded;
    private bool _consumed;

    /// <summary>The body, as it is read.</summary>
    internal Stream Body => _body;

    /// <summary>The body is read through its decoders from now on, which own it.</summary>
    internal void Decode(Stream decoded)
    {
        _body = decoded;
        _isDecoded = true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _isDecoded ? CopyDecodedAsync(stream, cancellationToken) : Consume().CopyToAsync(stream, cancellationToken);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using Stream content = Consume();
        content.CopyTo(stream);
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(Consume());

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Consume();

    /// <summary>The length is a field of the response, or unknown; it is never computed.</summary>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Decoders have memory outside the managed heap, which is given back here and not some time later.</summary>
    private async Task CopyDecodedAsync(Stream stream, CancellationToken cancellationToken)
    {
        Stream content = Consume();
        await using (content.ConfigureAwait(false))
        {
            await content.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }

    private Stream Consume()
    {
        if (_consumed)
        {
            throw new InvalidOperationException("The body of this response has been read already; it can be read only once.");
        }

        _consumed = true;
        return _body;
    }
}
