using System.Net;

namespace UringHttp;

/// <summary>The content of a response: its body, read once, as a stream or into one.</summary>
internal sealed class ResponseContent(Stream body) : HttpContent
{
    private bool _consumed;
    private Func<Stream, Stream>? _decode;

    /// <summary>The body is to be read through this from now on.</summary>
    internal void Decode(Func<Stream, Stream> decode) => _decode = decode;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Consume().CopyToAsync(stream, cancellationToken);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Consume().CopyTo(stream);

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
            body.Dispose();
        }

        base.Dispose(disposing);
    }

    private Stream Consume()
    {
        if (_consumed)
        {
            throw new InvalidOperationException("The body of this response has been read already; it can be read only once.");
        }

        _consumed = true;
        return _decode is null ? body : _decode(body);
    }
}
