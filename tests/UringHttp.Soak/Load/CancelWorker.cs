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

    /// <summary>True while fewer than two in three were soon: a busy loop, or machine, makes late what was to be soon.</summary>
    private bool IsBehind => _soon * 3 < _cancelled * 2;

    private bool IsNextSoon => deck.Random.Next(6) > 0 && (IsBehind || deck.Random.Next(2) > 0);

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
        bool wasSoon = await CancelAsync(cancel, exchange, start, delay, isSoon);
        try
        {
            await exchange;
            Tally.AddAnswered(request, $"{Name}: answered before");
        }
        catch (OperationCanceledException e) when (cancel.IsCancellationRequested && e.InnerException is not TimeoutException)
        {
            Tally.Add($"{Name}: cancelled {(wasSoon ? "soon" : "later")}");
        }

        // Each costs a connection: without a pause, and with more handshakes, the others would get hardly any of the processor.
        await Task.Delay(deck.Random.Next(PauseMilliseconds), State.Abort);
    }

    /// <summary>Cancels at its moment what has not ended by then; true when that was soon.</summary>
    private async Task<bool> CancelAsync(CancellationTokenSource cancel, Task exchange, long start, TimeSpan delay, bool isSoon)
    {
        if (!isSoon)
        {
            await Task.WhenAny(exchange, Task.Delay(delay));
        }
        else if (stand.Loop.IsLoopThread)
        {
            await PassTurnsAsync(exchange, start, delay);
        }
        else
        {
            while (!exchange.IsCompleted && Stopwatch.GetElapsedTime(start) < delay)
            {
                // A timer would be a millisecond late.
            }
        }

        if (exchange.IsCompleted)
        {
            return false;
        }

        bool wasSoon = Stopwatch.GetElapsedTime(start).TotalMicroseconds <= SoonMicroseconds;
        cancel.Cancel();
        Tally.AddCancel(wasSoon);
        _cancelled++;
        _soon += wasSoon ? 1 : 0;
        return wasSoon;
    }

    /// <summary>
    /// The request goes on only when the loop does, and with all that others have on it a turn takes longer than soon may be, as often as
    /// not. So most are cancelled in the turn in which they begin, before the kernel has heard of them.
    /// </summary>
    private async Task PassTurnsAsync(Task exchange, long start, TimeSpan delay)
    {
        while (!IsBehind && !exchange.IsCompleted && Stopwatch.GetElapsedTime(start) < delay)
        {
            await Task.Yield();
        }
    }
}
