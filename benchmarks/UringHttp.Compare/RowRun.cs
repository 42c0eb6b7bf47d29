using System.Diagnostics;

namespace UringHttp.Compare;

/// <summary>A row from its warm-up to its figures.</summary>
internal sealed class RowRun(
    CompareOptions options, IRunObserver observer, CorePlan cores, ArmFleet fleet, ServerProcess server, RunDirectory directory)
{
    private const double MostOfRound = 1.2;

    public async Task<RowResult> RunAsync(Workload workload, CancellationToken cancellation)
    {
        RoundLimit limit = options.Full ? workload.FullRound : workload.Round;
        ArmProcess[] arms = [.. fleet.Arms.Where(arm => arm.Arm.Serves(workload))];
        RoundCommand warmUp = RoundCommand.Of(workload, server, directory.Files, limit: null);
        observer.RowStarts(workload, arms.Length * (options.Rounds + 1));
        foreach (ArmProcess arm in arms)
        {
            observer.StepStarts($"{arm.Arm.Name} warms up");
            await arm.RunAsync(warmUp, cancellation);
            directory.ClearFiles();
            observer.StepEnds();
        }

        var results = arms.ToDictionary(arm => arm, _ => new List<RoundResult>());
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (ArmProcess arm in ArmFleet.InOrderOf(arms, round))
            {
                observer.StepStarts($"round {round + 1} of {options.Rounds}, {arm.Arm.Name}");
                results[arm].Add(await MeasureAsync(arm, warmUp with { Limit = limit }, cancellation));
                directory.ClearFiles();
                observer.StepEnds();
            }
        }

        List<RoundResult>? limits = arms.Where(arm => arm.Arm.Kind == ArmKind.Limit).Select(arm => results[arm]).FirstOrDefault();
        return new RowResult
        {
            Name = workload.Name,
            Title = workload.Title,
            BodyLength = workload.BodyLength,
            Concurrency = workload.Concurrency,
            Sink = workload.Sink,
            RequestsPerSecond = workload.RequestsPerSecond,
            IsScaling = workload.IsScaling,
            Check = workload.Check,
            Round = limit,
            Arms = [.. arms.Select(arm => ArmResult.Of(arm.Arm.Name, results[arm], results[arms[0]], limits))],
        };
    }

    private async Task<RoundResult> MeasureAsync(ArmProcess arm, RoundCommand command, CancellationToken cancellation)
    {
        if (cores.Client is not { } core)
        {
            return await arm.RunAsync(command, cancellation);
        }

        long startedAt = Stopwatch.GetTimestamp();
        CoreLoad before = CoreLoad.Read(core);
        RoundResult result = await arm.RunAsync(command, cancellation);
        CoreLoad after = CoreLoad.Read(core);
        if (Stopwatch.GetElapsedTime(startedAt).TotalSeconds > MostOfRound * result.WallSeconds)
        {
            return result; // the round was the smaller part: what the core did meanwhile says nothing about it
        }

        return result with
        {
            OthersCoreSeconds = Math.Max(0, after.Busy - before.Busy - result.UserCpuSeconds - result.SystemCpuSeconds),
            IdleCoreSeconds = after.Idle - before.Idle,
        };
    }
}
