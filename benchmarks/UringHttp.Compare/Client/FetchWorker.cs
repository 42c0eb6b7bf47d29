namespace UringHttp.Compare;

/// <summary>One of the workers of a row: fetches a body, reads it to the end, checks it, and again.</summary>
internal sealed class FetchWorker(IFetcher fetcher, BodyReceiver body, int bodyLength)
{
    /// <summary>Fetches until the round is over.</summary>
    public async Task RunAsync(Round round)
    {
        while (round.TryStart(out long startedAt))
        {
            await FetchAsync(round, startedAt);
        }
    }

    /// <summary>Fetches once. Never throws.</summary>
    /// <param name="round">Counts what comes of it.</param>
    /// <param name="startedAt">The timestamp from which the latency is measured.</param>
    public async ValueTask FetchAsync(Round round, long startedAt)
    {
        try
        {
            await fetcher.FetchAsync(body);
            round.Finish(startedAt, bodyLength, body.Compared);
        }
        catch (Exception e) // whatever it is, the round counts it, and a run with an error is no run
        {
            round.Fail(e);
        }
    }
}
