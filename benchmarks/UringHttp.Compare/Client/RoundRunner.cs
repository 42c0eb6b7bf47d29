using System.Diagnostics;

namespace UringHttp.Compare;

/// <summary>Runs the rounds of one row in a client process. Buffers are made once and reused, as a careful user does.</summary>
internal sealed class RoundRunner
{
    private readonly IArmClient _client;
    private readonly FetchWorker[] _workers;

    public RoundRunner(IArmClient client, Workload workload, int port)
    {
        _client = client;
        var uri = new Uri($"http://127.0.0.1:{port}{workload.Path}");
        _workers = [.. Enumerable.Range(0, workload.Concurrency).Select(index => new FetchWorker(client.Http, uri, workload, index))];
    }

    public async Task<RoundResult> RunAsync(RoundLimit limit)
    {
        var round = new Round(limit);
        Func<Task>[] work = [.. _workers.Select(worker => (Func<Task>)(() => worker.RunAsync(round)))];
        ProcessSample.ResetPeakMemory();
        ProcessSample before = ProcessSample.TakeBefore();
        await _client.RunAsync(work);
        ProcessSample after = ProcessSample.TakeAfter();
        return new RoundResult
        {
            Requests = round.Finished,
            BodyBytes = round.BodyBytes,
            ComparedBytes = round.ComparedBytes,
            WallSeconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds,
            UserCpuSeconds = (after.Cpu.UserTime - before.Cpu.UserTime).TotalSeconds,
            SystemCpuSeconds = (after.Cpu.PrivilegedTime - before.Cpu.PrivilegedTime).TotalSeconds,
            AllocatedBytes = after.AllocatedBytes - before.AllocatedBytes,
            Collections = [.. after.Collections.Zip(before.Collections, (a, b) => a - b)],
            CompilationSeconds = (after.Compilation - before.Compilation).TotalSeconds,
            PeakMemoryBytes = ProcessSample.ReadPeakMemory(),
            Latency = round.Latency.Summarize(),
            Errors = round.Errors,
            FirstError = round.FirstError,
        };
    }
}
