namespace UringHttp.Simulation;

/// <summary>Many seeds, on several threads: each run has its thread to itself. Ends with the first that fails.</summary>
internal sealed class SeedSeries(ulong first, long count, bool isTorture = false)
{
    private readonly Lock _lock = new();
    private long _next;

    public ulong First => first;

    public long Done { get; private set; }

    public long Requests { get; private set; }

    public long Answered { get; private set; }

    public long SentBehind { get; private set; }

    public long[] Struck { get; } = new long[FaultPlan.Kinds];

    /// <summary>The first run that failed.</summary>
    public RunResult? Failure { get; private set; }

    /// <summary>With torture, the call that had to fail in it.</summary>
    public int FailingCall { get; private set; }

    /// <summary>Stops before the next seed when this is true.</summary>
    public Func<bool> IsTimeUp { get; init; } = () => false;

    public void Run(int workers, Action<SeedSeries> onProgress)
    {
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(_ => new Thread(Work))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            while (!thread.Join(TimeSpan.FromSeconds(5)))
            {
                lock (_lock)
                {
                    onProgress(this);
                }
            }
        }
    }

    /// <summary>What it came to, in a few lines.</summary>
    public string Summarize(TimeSpan took)
    {
        IEnumerable<string> faults = Struck.Index()
            .OrderByDescending(pair => pair.Item)
            .Select(pair => $"{pair.Item,14:N0} {(Fault)pair.Index}");
        return $"{Done:N0} seeds from {first} on in {took.TotalSeconds:N1} s ({Done / took.TotalSeconds:N0}/s)"
            + $"\n{Requests,14:N0} requests, of which {Answered:N0} were answered"
            + $"\n{SentBehind,14:N0} went out behind others"
            + $"\n{Struck.Sum(),14:N0} faults, which are\n{string.Join('\n', faults)}";
    }

    private void Work()
    {
        while (Failure is null && !IsTimeUp() && Interlocked.Increment(ref _next) is var number && number <= count)
        {
            ulong seed = first + (ulong)number - 1;
            if (!isTorture)
            {
                Add(new SimulationRun(new RunSettings(seed)).Run(), 0);
                continue;
            }

            int calls = 1;
            for (int call = 1; call <= calls && Failure is null; call++)
            {
                RunResult result = new SimulationRun(new RunSettings(seed) { FailingCall = call }).Run();
                calls = Math.Max(calls, result.FallibleCalls);
                Add(result, call);
            }
        }
    }

    private void Add(RunResult result, int failingCall)
    {
        lock (_lock)
        {
            Done++;
            Requests += result.Requests;
            Answered += result.Answered;
            SentBehind += result.SentBehind;
            for (int kind = 0; kind < Struck.Length; kind++)
            {
                Struck[kind] += result.Struck[kind];
            }

            if (result.Violation is not null && Failure is null)
            {
                Failure = result;
                FailingCall = failingCall;
            }
        }
    }
}
