namespace UringHttp.Soak;

/// <summary>The workers of a run, but for the one with the long bodies.</summary>
internal static class WorkerPlan
{
    /// <summary>Of each kind, for each caller of each backend.</summary>
    private const int Each = 2;

    public static IEnumerable<Worker> Make(IReadOnlyList<Stand> stands, SoakOptions options, ServerAddress server, RunState state)
    {
        int seed = options.Seed;
        RequestDeck NewDeck() => new(unchecked(++seed));
        foreach ((Stand stand, UringBackend backend) in stands.Zip(options.Backends))
        {
            foreach (ICaller caller in stand.Callers)
            {
                for (int i = 0; i < Each; i++)
                {
                    yield return new SteadyWorker(stand, caller, NewDeck(), server, state);
                    yield return new CancelWorker(stand, caller, NewDeck(), server, state);
                    yield return new FaultWorker(stand, caller, NewDeck(), server, state);
                }
            }

            yield return new RestartWorker(backend, NewDeck(), server, state);
        }
    }
}
