namespace UringHttp.Soak;

/// <summary>Makes a loop and a handler, has a few exchanges, and disposes them, half of the times in the middle.</summary>
internal sealed class RestartWorker(UringBackend backend, RequestDeck deck, ServerAddress server, RunState state)
    : Worker($"{Stand.NameOf(backend)}, loops that begin and end", state)
{
    private const int Requests = 6;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    protected override Task RunWhereAsync(Func<Task> work) => Task.Run(work);

    protected override async Task StepAsync()
    {
        Begin("a loop of its own");
        bool endsWell = deck.Random.Next(2) == 0;
        using (var stand = new Stand(backend, server, State.Fail))
        {
            ICaller[] callers = [.. stand.Callers];
            Task[] exchanges = [.. Enumerable.Range(0, Requests).Select(i => ExchangeAsync(callers[i % callers.Length], endsWell))];
            if (endsWell)
            {
                await Task.WhenAll(exchanges);
                await stand.StopAsync();
            }
            else
            {
                await Task.WhenAny(exchanges);
                stand.Dispose();
                await Task.WhenAll(exchanges);
            }
        }

        Begin("a moment");
        await Task.Delay(s_pause, State.Abort);
    }

    private async Task ExchangeAsync(ICaller caller, bool endsWell)
    {
        SoakRequest request;
        bool isSecure;
        lock (deck)
        {
            request = deck.DrawSound();
            isSecure = deck.Random.Next(3) == 0;
        }

        try
        {
            await caller.RunAsync(() => caller.ExchangeAsync(request, server.UriOf(request, isFaulty: false, isSecure), State.Abort));
            Tally.AddAnswered(request, $"{Name}: answered");
        }
        catch (Exception e) when (!endsWell && IsOfTheEnd(e))
        {
            Tally.Add($"{Name}: ended with its loop");
        }
    }

    private static bool IsOfTheEnd(Exception? e) => e switch
    {
        null or SoakException => false,
        ObjectDisposedException or OperationCanceledException => true,
        _ => IsOfTheEnd(e.InnerException),
    };
}
