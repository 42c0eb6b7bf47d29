namespace UringHttp.Compare;

/// <summary>
/// A run from its first process to its last. All arms are alive at once, each in its process, and take turns round by round; only the one
/// whose turn it is does anything.
/// </summary>
internal sealed class Orchestrator(CompareOptions options, IRunObserver observer)
{
    private const int DescriptorsBesideIdle = 4096;

    private readonly CorePlan _cores = CorePlan.Choose();

    public async Task<Comparison> RunAsync(CancellationToken cancellation)
    {
        DateTimeOffset startedAt = DateTimeOffset.Now;
        CommitInfo commit = CommitInfo.Read();
        using RunDirectory directory = RunDirectory.Create();
        ChildEnvironment.Trust(directory.Certificate);
        await using ServerProcess server = await ServerProcess.StartAsync(options.Server, directory, _cores.Server, cancellation);
        await using ArmFleet fleet = await ArmFleet.StartAsync(options, _cores.Client, cancellation);
        observer.RunStarts(server.Product, _cores, fleet);
        var rows = new List<RowResult>();
        foreach (Workload workload in options.Rows.Where(row => !IsBeyondLimit(row)))
        {
            rows.Add(await new RowRun(options, observer, _cores, fleet, server, directory).RunAsync(workload, cancellation));
        }

        return new Comparison
        {
            StartedAt = startedAt,
            WallSeconds = (DateTimeOffset.Now - startedAt).TotalSeconds,
            CommandLine = string.Join(' ', ["UringHttp.Compare", .. Environment.GetCommandLineArgs().Skip(1)]),
            Commit = commit,
            Machine = MachineInfo.Read(),
            Server = server.Product,
            ClientCore = _cores.Client,
            ServerCore = _cores.Server,
            Rounds = options.Rounds,
            Full = options.Full,
            RuntimeSettings = ChildEnvironment.RuntimeSettings(),
            Baseline = fleet.Arms[0].Arm.Name,
            Arms = [.. fleet.Arms.Select(arm => arm.Describe())],
            Unavailable = fleet.Unavailable,
            RowsLeftOut = [.. options.Rows.Where(IsBeyondLimit).Select(row => $"{row.Title}, which needs more open files (ulimit -Hn)")],
            Rows = rows,
        };
    }

    private static bool IsBeyondLimit(Workload row) =>
        row.IdleConnections > 0 && row.IdleConnections + DescriptorsBesideIdle > OpenFileLimit.Read();
}
