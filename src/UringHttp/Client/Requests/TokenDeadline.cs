namespace UringHttp;

/// <summary>A token that is cancelled with another one, or when a deadline has passed on the loop's clock. Loop thread.</summary>
internal sealed class TokenDeadline : IDisposable
{
    private readonly LoopCore _loop;
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource _source;
    private readonly LoopTimer _timer;

    internal TokenDeadline(LoopCore loop, long deadline, CancellationToken outer)
    {
        _loop = loop;
        _outer = outer;
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _timer = new LoopTimer(_source.Cancel);
        loop.Timers.Set(_timer, deadline);
    }

    /// <summary>Now, on the clock that the deadline is on.</summary>
    internal long Clock => _loop.Ring.Now;

    internal CancellationToken Token => _source.Token;

    /// <summary>True when it was the deadline that cancelled, and nobody else.</summary>
    internal bool HasPassed => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    public void Dispose()
    {
        _loop.Timers.Remove(_timer);
        _source.Dispose();
    }
}
