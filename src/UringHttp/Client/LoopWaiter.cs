using System.Threading.Tasks.Sources;

namespace UringHttp;

/// <summary>One wait for a result that the loop will have: ends with it, with an error, or by the token. Loop thread.</summary>
/// <remarks>
/// Whoever waits goes on from the top of the loop, and not from where the result was set: a thousand that go on one out of another
/// must not stand on one stack, nor run inside a user's code that cancels.
/// </remarks>
internal sealed class LoopWaiter<T>(UringLoop loop) : MailboxItem, IValueTaskSource<T>
{
    private T? _result;
    private Exception? _failure;
    private ManualResetValueTaskSourceCore<T> _source;
    private CancellationTokenRegistration _registration;
    private bool _ended;

    /// <summary>False once it was given a result, has failed or has given up, though it may not have been told yet.</summary>
    internal bool IsWaiting => !_ended;

    /// <summary>Waits, once.</summary>
    internal ValueTask<T> WaitAsync(CancellationToken token)
    {
        _registration = token.UnsafeRegister(static (waiter, token) => ((LoopWaiter<T>)waiter!).OnTokenCanceled(token), this);
        return new ValueTask<T>(this, _source.Version);
    }

    /// <summary>Ends the wait with the result; false when it has ended already.</summary>
    internal bool TryGive(T result)
    {
        _result = _ended ? _result : result;
        return TryEnd();
    }

    /// <summary>Ends the wait with an error; false when it has ended already.</summary>
    internal bool TryFail(Exception failure)
    {
        _failure = _ended ? _failure : failure;
        return TryEnd();
    }

    internal override void Execute()
    {
        if (_failure is not null)
        {
            _source.SetException(_failure);
        }
        else
        {
            _source.SetResult(_result!);
        }
    }

    T IValueTaskSource<T>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private bool TryEnd()
    {
        if (_ended)
        {
            return false;
        }

        _ended = true;
        _registration.Dispose();
        if (!loop.Core.Post(this))
        {
            Execute();
        }

        return true;
    }

    /// <summary>Any thread. The decision is the loop's: only there can it not cross a result that is being given.</summary>
    private void OnTokenCanceled(CancellationToken token)
    {
        if (loop.IsLoopThread)
        {
            TryFail(new OperationCanceledException(token));
        }
        else
        {
            loop.PostAlways(_ => TryFail(new OperationCanceledException(token)), null);
        }
    }
}
