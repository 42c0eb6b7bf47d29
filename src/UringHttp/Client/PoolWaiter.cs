using System.Threading.Tasks.Sources;

namespace UringHttp;

/// <summary>A request that waits for a connection: given one, or a slot in which to make one, or failed. Loop thread.</summary>
/// <remarks>
/// What it is given is handed on from the top of the loop and not from where it was given: an exchange that fails at once gives its
/// connection to the next waiter, and a thousand of those must not stand on one stack.
/// </remarks>
internal sealed class PoolWaiter(UringLoop loop) : MailboxItem, IValueTaskSource<ClientConnection?>
{
    private ClientConnection? _given;
    private Exception? _failure;
    private ManualResetValueTaskSourceCore<ClientConnection?> _source;
    private CancellationTokenRegistration _registration;
    private bool _ended;

    /// <summary>False once it was given something, has failed or has given up, though it may not have been told yet.</summary>
    internal bool IsWaiting => !_ended;

    /// <summary>Waits; the result is a connection, or null for a slot. Goes on where the wait ends: on the loop.</summary>
    internal ValueTask<ClientConnection?> WaitAsync(CancellationToken token)
    {
        _registration = token.UnsafeRegister(static (waiter, token) => ((PoolWaiter)waiter!).OnTokenCanceled(token), this);
        return new ValueTask<ClientConnection?>(this, _source.Version);
    }

    /// <summary>Ends the wait with a connection, or with a slot (null).</summary>
    internal void Give(ClientConnection? connection)
    {
        _given = connection;
        End();
    }

    /// <summary>Ends the wait with an error.</summary>
    internal void Fail(Exception exception)
    {
        _failure = exception;
        End();
    }

    internal override void Execute()
    {
        if (_failure is not null)
        {
            _source.SetException(_failure);
        }
        else
        {
            _source.SetResult(_given);
        }
    }

    ClientConnection? IValueTaskSource<ClientConnection?>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ClientConnection?>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ClientConnection?>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void End()
    {
        _ended = true;
        _registration.Dispose();
        if (!loop.Core.Post(this))
        {
            Execute();
        }
    }

    /// <summary>Any thread. The decision is the loop's: only there can it not cross a connection that is being given.</summary>
    private void OnTokenCanceled(CancellationToken token)
    {
        if (loop.IsLoopThread)
        {
            GiveUp(token);
        }
        else
        {
            loop.PostCallback(_ => GiveUp(token), null);
        }
    }

    private void GiveUp(CancellationToken token)
    {
        if (!_ended)
        {
            Fail(new OperationCanceledException(token));
        }
    }
}
