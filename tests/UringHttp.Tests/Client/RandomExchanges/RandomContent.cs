using System.Net;

namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>A content that comes in pieces, now and then late; in the middle it fails or waits, as its exchange says.</summary>
internal sealed class RandomContent(RandomExchange exchange) : HttpContent
{
    /// <summary>What every byte of a request's content is.</summary>
    internal const byte Fill = 7;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] half = new byte[exchange.ContentLength / 2];
        Array.Fill(half, Fill);
        await stream.WriteAsync(half, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        await exchange.StallAsync(Stage.SendBody).WaitAsync(cancellationToken);
        if (exchange.ContentFails)
        {
            throw new IOException("This content was made to fail.");
        }

        await Task.Yield();
        byte[] rest = new byte[exchange.ContentLength - half.Length];
        Array.Fill(rest, Fill);
        await stream.WriteAsync(rest, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = exchange.ContentLength;
        return !exchange.IsContentChunked;
    }
}
