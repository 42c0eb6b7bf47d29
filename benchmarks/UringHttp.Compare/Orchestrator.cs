namespace UringHttp.Compare;

/// <summary>
/// A run from its first process to its last. All arms are alive at once, each in its process, and take turns round by round; only the one
/// whose turn it is does anything.
/// </summary>
internal sealed class Orchestrator(CompareOptions options, IRunObserver observer)
{
    private readonly CorePlan _cores = CorePlan.Choose();

    public async Task<Comparison> RunAsync(CancellationToken cancellation)
    {
        DateTimeOffset startedAt = DateTimeOffset.Now;
        CommitInfo commit = CommitInfo.Read();
        await using ServerProcess server = await ServerProcess.StartAsync(options.Server, _cores.Server, cancellation);
        await using ArmFleet fleet = await ArmFleet.StartAsync(options, _cores.Client, cancellation);
        observer.RunStarts(server.Product, _cores, fleet);
        var rows = new List<RowResult>();
        foreach (Workload workload in options.Rows)
        {
            rows.Add(await RunRowAsync(workload, server, fleet, cancellation));
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
            Rows = rows,
        };
    }

    private async Task<RowResult> RunRowAsync(Workload workload, ServerProcess server, ArmFleet fleet, CancellationToken cancellation)
    {
        RoundLimit limit = options.Full ? workload.FullRound : workload.Round;
        observer.RowStarts(workload, fleet.Arms.Count * (options.Rounds + 1));
        foreach (ArmProcess arm in fleet.Arms)
        {
            observer.StepStarts($"{arm.Arm.Name} warms up");
            await arm.RunAsync(workload, server.Port, limit: null, cancellation);
            observer.StepEnds();
        }

        var results = fleet.Arms.ToDictionary(arm => arm, _ => new List<RoundResult>());
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (ArmProcess arm in fleet.InOrderOf(round))
            {
                observer.StepStarts($"round {round + 1} of {options.Rounds}, {arm.Arm.Name}");
                results[arm].Add(await MeasureAsync(arm, workload, server.Port, limit, cancellation));
                observer.StepEnds();
            }
        }

        List<RoundResult> baseline = results[fleet.Arms[0]];
        return new RowResult
        {
            Name = workload.Name,
            Title = workload.Title,
            BodyLength = workload.BodyLength,
            Concurrency = workload.Concurrency,
            Check = workload.Check,
            Round = limit,
            Arms = [.. fleet.Arms.Select(arm => ArmResult.Of(arm.Arm.Name, results[arm], baseline))],
        };
    }

    private async Task<RoundResult> MeasureAsync(
        ArmProcess arm, Workload workload, int port, RoundLimit limit, CancellationToken cancellation)
    {
        if (_cores.Client is not { } core)
        {
            return await arm.RunAsync(workload, port, limit, cancellation);
        }

        CoreLoad before = CoreLoad.Read(core);
        RoundResult result = await arm.RunAsync(workload, port, limit, cancellation);
        CoreLoad after = CoreLoad.Read(core);
        return result with
        {
            OthersCoreSeconds = Math.Max(0, after.Busy - before.Busy - result.UserCpuSeconds - result.SystemCpuSeconds),
            IdleCoreSeconds = after.Idle - before.Idle,
        };
    }
}
