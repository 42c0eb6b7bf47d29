namespace UringHttp.Compare;

/// <summary>
/// Fills the pool of a client: as many answers as there shall be idle connections are held before their bodies are read, so that each
/// has a connection of its own; then all are read to the end.
/// </summary>
internal sealed class IdleConnections(IArmClient client, RoundCommand command, Workload workload)
{
    private const int AtOnce = 500; // fewer than wait in the backlog of the server
    private const string MemoryField = "VmRSS:";

    private readonly TaskCompletionSource _allAreOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<IdleCost> OpenAsync()
    {
        long managedBefore = GC.GetTotalMemory(forceFullCollection: true);
        long residentBefore = ProcessSample.ReadMemory(MemoryField);
        int descriptorsBefore = CountDescriptors();
        await FillAsync();
        long managed = GC.GetTotalMemory(forceFullCollection: true) - managedBefore;
        long resident = ProcessSample.ReadMemory(MemoryField) - residentBefore;
        double count = workload.IdleConnections;
        return new IdleCost
        {
            Connections = workload.IdleConnections,
            ResidentBytes = resident / count,
            ManagedBytes = managed / count,
            Descriptors = (CountDescriptors() - descriptorsBefore) / count,
        };
    }

    private static int CountDescriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private async Task FillAsync()
    {
        var batches = new List<Task>();
        for (int open = 0; open < workload.IdleConnections; open += AtOnce)
        {
            int count = Math.Min(AtOnce, workload.IdleConnections - open);
            var batch = new CountdownEvent(count);
            var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            batches.Add(client.RunAsync([.. Enumerable.Range(0, count).Select(_ => (Func<Task>)(() => FetchAsync(batch, opened)))]));
            await Task.WhenAny(opened.Task, batches[^1]); // the latter first: then it has failed
        }

        _allAreOpen.SetResult();
        await Task.WhenAll(batches);
    }

    private async Task FetchAsync(CountdownEvent batch, TaskCompletionSource opened)
    {
        var body = new BodyReceiver(workload, index: 1, directory: null) { BeforeBody = HoldAsync };
        await client.CreateFetcher(new Uri(command.Url)).FetchAsync(body);

        Task HoldAsync()
        {
            if (batch.Signal())
            {
                opened.SetResult();
            }

            return _allAreOpen.Task;
        }
    }
}
