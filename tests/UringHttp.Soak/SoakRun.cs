using System.Globalization;
using UringHttp.Compare;

namespace UringHttp.Soak;

/// <summary>A run from its beginning to its end: server, stands, workers, samples, and what is left.</summary>
internal sealed class SoakRun(SoakOptions options, TextWriter output)
{
    private const int MostSamples = 400;

    private static readonly TimeSpan s_shortestInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_progress = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _failures = [];

    /// <exception cref="PlatformNotSupportedException">A backend cannot be had here.</exception>
    /// <exception cref="OperationCanceledException">The run was interrupted.</exception>
    public async Task<SoakReport> RunAsync(CancellationToken cancellation)
    {
        DateTimeOffset date = DateTimeOffset.UtcNow;
        using var state = new RunState();
        using CancellationTokenRegistration interrupt = cancellation.Register(state.GiveUp);
        Say($"seed {options.Seed}, {options.Duration.TotalMinutes:0.##} minutes");
        await using ServerProcess server = await ServerProcess.StartAsync(state.Fail, cancellation);
        int descriptorsBefore = ProcessState.DescriptorsOfLoops;
        Stand[] stands = [.. options.Backends.Select(backend => new Stand(backend, server.Address, state.Fail))];
        string[] capabilities = [.. stands.Select(stand => stand.Loop.Capabilities.ToString())];
        var sampler = new Sampler(stands, state.Tally);
        var longWorker = new LongWorker(stands, options.LongBodyBytes, new RequestDeck(options.Seed), server.Address, state);
        Worker[] workers = [longWorker, .. WorkerPlan.Make(stands, options, server.Address, state)];
        Task[] running = [.. workers.Select(worker => worker.RunAsync())];
        await WatchAsync(workers, running, sampler, state);
        cancellation.ThrowIfCancellationRequested();
        if (state.Failure is { } failure)
        {
            _failures.Add(failure);
        }
        else
        {
            _failures.AddRange(await EndRule.CheckAsync(stands, descriptorsBefore));
            _failures.AddRange(IsJudged(sampler) ? FlatRule.Judge(sampler.Samples) : []);
            _failures.AddRange(ShareRule.Judge(sampler.Samples));
        }

        foreach (Stand stand in stands)
        {
            stand.Dispose();
        }

        return new SoakReport
        {
            Date = date,
            Commit = CommitInfo.Read().Short,
            Machine = MachineInfo.Read(),
            Backends = capabilities,
            Seed = options.Seed,
            Minutes = Math.Round(sampler.Samples[^1].Seconds / 60, 2),
            Failures = _failures,
            IsJudged = IsJudged(sampler),
            Requests = state.Tally.Ended,
            Cancelled = state.Tally.Cancelled,
            CancelledWithin100Microseconds = state.Tally.CancelledSoon,
            SentBytes = state.Tally.SentBytes,
            ReceivedBytes = state.Tally.ReceivedBytes,
            LongBodyBytes = options.LongBodyBytes,
            Endings = state.Tally.Endings,
            Samples = sampler.Samples,
        };
    }

    /// <summary>Samples only count as long as the load is whole; then it is awaited that all workers end.</summary>
    private async Task WatchAsync(Worker[] workers, Task[] running, Sampler sampler, RunState state)
    {
        Task all = Task.WhenAll(running);
        TimeSpan interval = TimeSpan.FromTicks(Math.Max(s_shortestInterval.Ticks, options.Duration.Ticks / MostSamples));
        TimeSpan told = TimeSpan.Zero;
        while (!state.IsOver)
        {
            await Task.WhenAny(all, Task.Delay(interval));
            Sample sample = sampler.Take();
            if (sampler.Elapsed - told >= s_progress)
            {
                told = sampler.Elapsed;
                Say(sample);
            }

            FailIfLost(workers, state);
            if (sampler.Elapsed >= options.Duration)
            {
                state.End();
            }
        }

        Say("the load ends");
        while (!all.IsCompleted && state.Failure is null)
        {
            await Task.WhenAny(all, Task.Delay(s_progress));
            FailIfLost(workers, state);
        }

        if (await Task.WhenAny(all, Task.Delay(s_patience)) != all)
        {
            _failures.Add("Requests that were given up have not ended: " + string.Join("; ",
                workers.Zip(running).Where(pair => !pair.Second.IsCompleted).Select(pair => pair.First.Name)));
        }
    }

    private static void FailIfLost(Worker[] workers, RunState state)
    {
        if (workers.Select(worker => worker.Lost).FirstOrDefault(lost => lost is not null) is { } lost)
        {
            state.Fail($"A request was lost: {lost}");
        }
    }

    private static bool IsJudged(Sampler sampler) => sampler.Samples[^1].Seconds >= FlatRule.Shortest.TotalSeconds;

    private void Say(Sample sample) => Say(string.Create(
        CultureInfo.InvariantCulture,
        $"{sample.Seconds,6:0} s  {sample.Requests:#,0} requests  "
        + $"{sample.ResidentBytes >> 20} MiB resident, {sample.HeapBytes >> 20} heap, {sample.SlabBytes >> 20} slabs  "
        + $"{sample.Descriptors} fds  {sample.Threads} threads  {sample.Blocks} blocks  {sample.Operations} operations  "
        + $"{sample.Timers} timers"));

    private void Say(string what) => output.WriteLine($"{DateTime.Now:HH:mm:ss} {what}");
}
