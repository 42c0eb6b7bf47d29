using System.Diagnostics;

namespace UringHttp.Soak;

/// <summary>
/// Receives and sends bodies of more than 4 GiB, on each backend in turn, and pauses behind each so that it takes a fourth of the time at
/// most. Goes on until each was done once, even when the time is over.
/// </summary>
internal sealed class LongWorker(IReadOnlyList<Stand> stands, long length, RequestDeck deck, ServerAddress server, RunState state)
    : Worker("long bodies", state)
{
    private const int PauseFactor = 3;

    private int _next;

    /// <summary>Completes when each direction was done once on each backend.</summary>
    public bool IsDone => _next >= 2 * stands.Count;

    /// <summary>At 30 MB a second.</summary>
    protected override TimeSpan Longest => TimeSpan.FromSeconds(60 + (length / 30e6));

    protected override async Task RunWhereAsync(Func<Task> work)
    {
        await Task.Run(work);
        while (!IsDone && !State.Abort.IsCancellationRequested)
        {
            await StepAsync();
        }
    }

    protected override async Task StepAsync()
    {
        Stand stand = stands[_next % stands.Count];
        bool isSent = _next / stands.Count % 2 == 1;
        ICaller caller = isSent || _next % 3 == 0 ? stand.LoopCaller : stand.PreparedCaller;
        var request = new SoakRequest
        {
            Seed = deck.Random.Next(),
            Sent = isSent ? length : null,
            Received = isSent ? 0 : length,
            Form = _next % 5 == 4 ? BodyForm.Chunked : BodyForm.Length,
        };
        Uri uri = server.UriOf(request, isFaulty: false, isSecure: false);
        Begin($"{uri}");
        long start = Stopwatch.GetTimestamp();
        await caller.RunAsync(() => caller.ExchangeAsync(request, uri, State.Abort));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Tally.AddAnswered(request, $"long bodies: {stand.Name}, {caller.Name}, {length:#,0} bytes {(isSent ? "sent" : "received")}");
        _next++;
        Begin("a pause");
        for (TimeSpan left = elapsed * PauseFactor; left > TimeSpan.Zero && !State.IsOver; left -= TimeSpan.FromSeconds(1))
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(1, left.TotalSeconds)), State.Abort);
        }
    }
}
