namespace UringHttp.Soak;

/// <summary>Whether the run goes on, and the first thing that was wrong. Any thread.</summary>
internal sealed class RunState : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private string? _failure;
    private volatile bool _isOver;

    /// <summary>True when no new request is to be begun.</summary>
    public bool IsOver => _isOver;

    /// <summary>What was wrong first; null as long as nothing was.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Cancelled when the run has failed or is interrupted: requests under way are given up.</summary>
    public CancellationToken Abort => _abort.Token;

    public Tally Tally { get; } = new();

    public void End() => _isOver = true;

    public void Fail(string what)
    {
        Interlocked.CompareExchange(ref _failure, what, null);
        GiveUp();
    }

    public void GiveUp()
    {
        _isOver = true;
        _abort.Cancel();
    }

    public void Dispose() => _abort.Dispose();
}
