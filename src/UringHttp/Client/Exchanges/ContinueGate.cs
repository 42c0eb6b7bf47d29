namespace UringHttp;

/// <summary>
/// What a request with <c>Expect: 100-continue</c> waits for before it sends its content: the server's word, its final answer, or the
/// end of patience (RFC 9110 §10.1.1). Loop thread.
/// </summary>
internal sealed class ContinueGate
{
    private readonly LoopCore _loop;
    private readonly TaskCompletionSource<bool> _decided = new();
    private readonly LoopTimer _timer;

    /// <summary>Waits for so long; then the content is sent unasked, since not every server knows the field.</summary>
    internal ContinueGate(LoopCore loop, TimeSpan patience)
    {
        _loop = loop;
        _timer = new LoopTimer(() => Open(send: true));
        if (patience != Timeout.InfiniteTimeSpan)
        {
            loop.Timers.Set(_timer, loop.DeadlineAfter(patience));
        }
    }

    /// <summary>Whether the content is to be sent.</summary>
    internal Task<bool> Decided => _decided.Task;

    /// <summary>The server said 100.</summary>
    internal void OnContinue() => Open(send: true);

    /// <summary>The server gave its final answer instead: a refusal makes the content pointless.</summary>
    internal void OnFinalStatus(int status) => Open(send: status < 300);

    /// <summary>There is nobody to wait for any more.</summary>
    internal void OnFailed() => Open(send: false);

    private void Open(bool send)
    {
        _loop.Timers.Remove(_timer);
        _decided.TrySetResult(send);
    }
}
