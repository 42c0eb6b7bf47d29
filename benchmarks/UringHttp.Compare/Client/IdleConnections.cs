namespace UringHttp.Compare;

/// <summary>Fills the pool of a client, with requests that <see cref="HoldingServer"/> answers when all of them have come.</summary>
internal sealed class IdleConnections(IArmClient client, RoundCommand command)
{
    private const string MemoryField = "VmRSS:";

    /// <summary>What opening them all at once took for the moment is no cost of theirs: clients get so long to give it back.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    public async Task<IdleCost> OpenAsync()
    {
        long managedBefore = CollectAll();
        long residentBefore = ProcessSample.ReadMemory(MemoryField);
        int descriptorsBefore = CountDescriptors();
        await FillAsync();
        await Task.Delay(s_settling);
        long managed = CollectAll() - managedBefore;
        long resident = ProcessSample.ReadMemory(MemoryField) - residentBefore;
        double count = command.IdleConnections;
        return new IdleCost
        {
            Connections = command.IdleConnections,
            ResidentBytes = resident / count,
            ManagedBytes = managed / count,
            Descriptors = (CountDescriptors() - descriptorsBefore) / count,
        };
    }

    private static int CountDescriptors() => Directory.GetFiles("/proc/self/fd").Length;

    /// <returns>The bytes in use. What is not, has gone back to the system.</returns>
    private static long CollectAll()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private Task FillAsync()
    {
        var uri = new Uri(command.IdleUrl);
        byte[] scratch = new byte[command.BodyLength + 1]; // one for all: nobody looks at these bodies
        var workload = new Workload
        {
            Name = "idle connections",
            Title = string.Empty,
            BodyLength = command.BodyLength,
            Concurrency = 1,
            Check = BodyCheck.LengthOnly,
            WarmUp = default,
            Round = default,
            FullRound = default,
        };
        return client.RunAsync(
        [
            .. Enumerable.Range(0, command.IdleConnections)
                .Select(_ => new BodyReceiver(workload, index: 0, directory: null) { Scratch = scratch })
                .Select(body => (Func<Task>)(() => client.CreateFetcher(uri).FetchAsync(new SingleFetch(body)))),
        ]);
    }
}
