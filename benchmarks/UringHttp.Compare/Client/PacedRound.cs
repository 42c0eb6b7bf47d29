namespace UringHttp.Compare;

/// <summary>
/// Starts requests at a fixed rate, whether or not earlier ones have ended, from a thread that does nothing else: what a timer or a caller
/// of the application would be. A request that finds no worker free waits, and that counts as a part of its latency.
/// </summary>
internal sealed class PacedRound : IRequestStarts
{
    private readonly IArmClient _client;
    private readonly Round _round;
    private readonly Stack<FetchWorker> _free;
    private readonly Queue<long> _waiting = new();
    private readonly TaskCompletionSource _allIsDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _workers;
    private bool _allIsStarted;

    public PacedRound(IArmClient client, IReadOnlyList<FetchWorker> workers, Round round)
    {
        _client = client;
        _round = round;
        _workers = workers.Count;
        _free = new Stack<FetchWorker>(workers);
    }

    /// <summary>CPU time of the thread that starts the requests: no part of what the client costs.</summary>
    public double PacingCpuSeconds { get; private set; }

    public Task RunAsync(int requestsPerSecond)
    {
        var pacer = new Thread(() => Pace(requestsPerSecond)) { IsBackground = true, Name = "pacer" };
        pacer.Start();
        return _allIsDone.Task;
    }

    private void Pace(int requestsPerSecond)
    {
        double before = MonotonicClock.ThreadCpuSeconds();
        for (long i = 0; _round.TryStartAt(i, requestsPerSecond, out long dueAt); i++)
        {
            MonotonicClock.SleepUntil(dueAt);
            Start(dueAt);
        }

        PacingCpuSeconds = MonotonicClock.ThreadCpuSeconds() - before;
        lock (_free)
        {
            _allIsStarted = true;
            CompleteWhenDone();
        }
    }

    /// <summary>What waits is started by whichever worker comes first.</summary>
    public bool TryStart(out long startedAt)
    {
        lock (_free)
        {
            return _waiting.TryDequeue(out startedAt);
        }
    }

    private void Start(long dueAt)
    {
        FetchWorker? worker;
        lock (_free)
        {
            _waiting.Enqueue(dueAt);
            if (!_free.TryPop(out worker))
            {
                return;
            }
        }

        _client.Post(() => _ = RunAsync(worker));
    }

    private async Task RunAsync(FetchWorker worker)
    {
        do
        {
            await worker.RunAsync(_round, this);
        }
        while (!TryFree(worker));
    }

    /// <summary>False when something has come to wait: then the worker goes on.</summary>
    private bool TryFree(FetchWorker worker)
    {
        lock (_free)
        {
            if (_waiting.Count > 0)
            {
                return false;
            }

            _free.Push(worker);
            CompleteWhenDone();
            return true;
        }
    }

    private void CompleteWhenDone()
    {
        if (_allIsStarted && _free.Count == _workers)
        {
            _allIsDone.TrySetResult();
        }
    }
}
