namespace UringHttp.Soak;

/// <summary>Sends requests that come to grief: each must end with the error of its fault.</summary>
internal sealed class FaultWorker(Stand stand, ICaller caller, RequestDeck deck, ServerAddress server, RunState state)
    : Worker($"{stand.Name}, {caller.Name}, faults", state)
{
    protected override Task RunWhereAsync(Func<Task> work) => caller.RunAsync(work);

    protected override async Task StepAsync()
    {
        SoakRequest request = deck.DrawFaulty();
        Uri uri = server.UriOf(request, isFaulty: true, isSecure: deck.Random.Next(3) == 0);
        Begin($"{uri}");
        string ending;
        try
        {
            await caller.ExchangeAsync(request, uri, State.Abort);
        }
        catch (Exception e) when (e is not SoakException && !State.Abort.IsCancellationRequested)
        {
            ending = FaultRules.Name(request, e) ?? throw new SoakException($"{request} ended with what it must not end with", e);
            Tally.Add($"{Name}: {ending}");
            return;
        }

        if (!FaultRules.MayBeAnswered(request.Way))
        {
            throw new SoakException($"{request} was answered as if nothing had happened.");
        }

        Tally.AddAnswered(request, $"{Name}: {request.Way}, answered");
    }
}
