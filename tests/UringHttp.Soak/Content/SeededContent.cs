using System.Net;

namespace UringHttp.Soak;

/// <summary>A seeded body as the content of a request: written in pieces, with a length or chunked.</summary>
internal sealed class SeededContent(SeededBody body, bool hasLength) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (long at = 0; at < body.Length;)
        {
            ReadOnlyMemory<byte> run = body.RunAt(at);
            await stream.WriteAsync(run, cancellationToken);
            at += run.Length;
        }
    }

    /// <summary>For prepared requests, which read their content once and at once.</summary>
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.Write(body.ToArray());

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return hasLength;
    }
}
