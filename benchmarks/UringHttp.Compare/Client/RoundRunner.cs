using System.Diagnostics;

namespace UringHttp.Compare;

/// <summary>Runs the rounds of one row in a client process. Buffers are made once and reused, as a careful user does.</summary>
internal sealed class RoundRunner
{
    private readonly IArmClient _client;
    private readonly Workload _workload;
    private readonly FetchWorker[] _workers;

    public RoundRunner(IArmClient client, RoundCommand command)
    {
        _client = client;
        _workload = WorkloadCatalog.Get(command.Row);
        var uri = new Uri(command.Url);
        _workers =
        [
            .. Enumerable.Range(0, _workload.Concurrency).Select(index =>
                new FetchWorker(client.CreateFetcher(uri), new BodyReceiver(_workload, index, command.Directory), _workload.BodyLength)),
        ];
    }

    public async Task<RoundResult> RunAsync(RoundLimit limit)
    {
        ProcessSample.ResetPeakMemory();
        ProcessSample before = ProcessSample.TakeBefore();
        var round = new Round(limit);
        double pacingCpuSeconds = await RunAsync(round);
        ProcessSample after = ProcessSample.TakeAfter();
        return new RoundResult
        {
            Requests = round.Finished,
            BodyBytes = round.BodyBytes,
            ComparedBytes = round.ComparedBytes,
            WallSeconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds,
            UserCpuSeconds = (after.Cpu.UserTime - before.Cpu.UserTime).TotalSeconds,
            SystemCpuSeconds = (after.Cpu.PrivilegedTime - before.Cpu.PrivilegedTime).TotalSeconds,
            PacingCpuSeconds = pacingCpuSeconds,
            AllocatedBytes = after.AllocatedBytes - before.AllocatedBytes,
            Collections = [.. after.Collections.Zip(before.Collections, (a, b) => a - b)],
            CompilationSeconds = (after.Compilation - before.Compilation).TotalSeconds,
            PeakMemoryBytes = ProcessSample.ReadPeakMemory(),
            Latency = round.Latency.Summarize(),
            Errors = round.Errors,
            FirstError = round.FirstError,
        };
    }

    /// <returns>CPU time that is not the client's.</returns>
    private async Task<double> RunAsync(Round round)
    {
        if (_workload.RequestsPerSecond == 0)
        {
            await _client.RunAsync([.. _workers.Select(worker => (Func<Task>)(() => worker.RunAsync(round, round)))]);
            return 0;
        }

        var paced = new PacedRound(_client, _workers, round);
        await paced.RunAsync(_workload.RequestsPerSecond);
        return paced.PacingCpuSeconds;
    }
}
