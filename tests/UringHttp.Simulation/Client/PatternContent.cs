using System.Net;

namespace UringHttp.Simulation;

/// <summary>
/// The content of a request, in pieces, with pauses or without, of a length that is told or not. It awaits without a context: where it
/// ends in one, the BCL takes what awaits it to the thread pool, and the handler brings that back, which is not to be simulated.
/// </summary>
internal sealed class PatternContent(RequestPlan plan, Sleeper sleeper) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        ReadOnlyMemory<byte> left = plan.Content;
        int piece = Math.Max(1, left.Length / 3);
        while (!left.IsEmpty)
        {
            int count = Math.Min(piece, left.Length);
            await stream.WriteAsync(left[..count]).ConfigureAwait(false);
            left = left[count..];
            await sleeper.Sleep(plan.IsContentSlow ? World.Millisecond * (1 + (plan.Id % 500)) : 0).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = plan.ContentLength;
        return !plan.IsChunked;
    }
}
