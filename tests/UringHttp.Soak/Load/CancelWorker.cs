using System.Diagnostics;

namespace UringHttp.Soak;

/// <summary>
/// Sends requests that it cancels: two in three within 100 microseconds of the start, the others later, wherever they are then. One that
/// was faster must have been answered rightly.
/// </summary>
internal sealed class CancelWorker(Stand stand, ICaller caller, RequestDeck deck, ServerAddress server, RunState state)
    : Worker($"{stand.Name}, {caller.Name}, cancelled", state)
{
    private const int SoonMicroseconds = 100;
    private const int PlannedMicroseconds = 60; // for the rest the caller is late
    private const int LateMicroseconds = 20_000;
    private const int PauseMilliseconds = 5;
    private const int OneInSecure = 6;

    private int _cancelled;
    private int _soon;

    /// <summary>A busy machine makes late what was to be soon; then more are to be soon, so that two in three are.</summary>
    private bool IsNextSoon => deck.Random.Next(6) > 0 && (_soon * 3 < _cancelled * 2 || deck.Random.Next(5) > 0);

    protected override Task RunWhereAsync(Func<Task> work) => caller.RunAsync(work);

    protected override async Task StepAsync()
    {
        SoakRequest request = deck.DrawSound();
        Uri uri = server.UriOf(request, isFaulty: false, isSecure: deck.Random.Next(OneInSecure) == 0);
        bool isSoon = IsNextSoon;
        TimeSpan delay = TimeSpan.FromMicroseconds(isSoon ? deck.Random.Next(PlannedMicroseconds) : deck.Random.Next(LateMicroseconds));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(State.Abort);
        Begin($"{uri}, cancelled after {delay.TotalMicroseconds:0} us");
        Func<CancellationToken, Task> send = caller.Prepare(request, uri);
        long start = Stopwatch.GetTimestamp();
        Task exchange = send(cancel.Token);
        await CancelAsync(cancel, exchange, start, delay, isSoon);
        try
        {
            await exchange;
            Tally.AddAnswered(request, $"{Name}: answered before");
        }
        catch (OperationCanceledException e) when (cancel.IsCancellationRequested && e.InnerException is not TimeoutException)
        {
            Tally.Add($"{Name}: cancelled");
        }

        // Each costs a connection: without a pause, and with more handshakes, the others would get hardly any of the processor.
        await Task.Delay(deck.Random.Next(PauseMilliseconds), State.Abort);
    }

    private async Task CancelAsync(CancellationTokenSource cancel, Task exchange, long start, TimeSpan delay, bool isSoon)
    {
        if (isSoon)
        {
            while (!exchange.IsCompleted && Stopwatch.GetElapsedTime(start) < delay)
            {
                if (stand.Loop.IsLoopThread)
                {
                    await Task.Yield(); // the loop goes on with the request meanwhile
                }
            }
        }
        else
        {
            await Task.WhenAny(exchange, Task.Delay(delay));
        }

        if (!exchange.IsCompleted)
        {
            bool wasSoon = Stopwatch.GetElapsedTime(start).TotalMicroseconds <= SoonMicroseconds;
            cancel.Cancel();
            Tally.AddCancel(wasSoon);
            _cancelled++;
            _soon += wasSoon ? 1 : 0;
        }
    }
}
