namespace UringHttp.Compare;

/// <summary>One of the workers of a row: fetches a body, reads it to the end, checks it, and again.</summary>
internal sealed class FetchWorker(IFetcher fetcher, BodyReceiver body, int bodyLength) : IFetchTurns
{
    private Round? _round;
    private IRequestStarts? _starts;
    private long _startedAt;

    /// <summary>Fetches as long as there is something to start. Never throws.</summary>
    public async Task RunAsync(Round round, IRequestStarts starts)
    {
        _round = round;
        _starts = starts;
        try
        {
            await fetcher.FetchAsync(this);
        }
        catch (Exception e) // whatever it is, the round counts it, and a run with an error is no run
        {
            round.Fail(e);
        }
    }

    public bool TryBegin(out BodyReceiver receiver)
    {
        receiver = body;
        bool isStarted = _starts!.TryStart(out _startedAt);
        if (isStarted)
        {
            body.Begin();
        }

        return isStarted;
    }

    public void End()
    {
        body.End();
        _round!.Finish(_startedAt, bodyLength, body.Compared);
    }
}
