namespace UringHttp.Soak;

/// <summary>Sends requests that nothing happens to: each must be answered.</summary>
internal sealed class SteadyWorker(Stand stand, ICaller caller, RequestDeck deck, ServerAddress server, RunState state)
    : Worker($"{stand.Name}, {caller.Name}, steady", state)
{
    protected override Task RunWhereAsync(Func<Task> work) => caller.RunAsync(work);

    protected override async Task StepAsync()
    {
        SoakRequest request = deck.DrawSound();
        Uri uri = server.UriOf(request, isFaulty: false, isSecure: deck.Random.Next(3) == 0);
        Begin($"{uri}");
        await caller.ExchangeAsync(request, uri, State.Abort);
        Tally.AddAnswered(request, $"{Name}: answered");
    }
}
