using Microsoft.Extensions.ObjectPool;

namespace UringHttp;

/// <summary>A callback on its way to the loop. Pooled: posting allocates nothing once the pool is warm.</summary>
internal sealed class CallbackItem : MailboxItem
{
    /// <summary>Items that are kept for another use: more than a loop has at once, but after a burst.</summary>
    internal const int MostFree = 1024;

    private static readonly DefaultObjectPool<CallbackItem> Pool = new(new DefaultPooledObjectPolicy<CallbackItem>(), MostFree);

    private LoopCore? _loop;
    private SendOrPostCallback? _callback;
    private object? _state;
    private ExecutionContext? _execution;
    private bool _inContext;
    private bool _fromLoop;

    /// <summary>Leaves the callback with the loop; false when the loop has ended.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="callback">What to call.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="inContext">
    /// Whether it is a user's code: it has the AsyncLocal values of the caller, and its awaits come back to the loop.
    /// </param>
    internal static bool Post(LoopCore loop, SendOrPostCallback callback, object? state, bool inContext)
    {
        // On the loop its own stock is nearer than the one that all threads share. An item goes back to where it came from.
        bool fromLoop = loop.IsLoopThread;
        CallbackItem item = fromLoop ? loop.FreeCallbacks.TryTake(out CallbackItem? free) ? free : new CallbackItem() : Pool.Get();
        item._fromLoop = fromLoop;
        item._loop = loop;
        item._callback = callback;
        item._state = state;
        item._execution = inContext ? loop.CaptureExecution() : null;
        item._inContext = inContext;
        return loop.Post(item);
    }

    internal override void Execute()
    {
        LoopCore loop = _loop!;
        SendOrPostCallback callback = _callback!;
        object? state = _state;
        ExecutionContext? execution = _execution;
        bool inContext = _inContext;
        _loop = null;
        _callback = null;
        _state = null;
        _execution = null;
        if (!_fromLoop)
        {
            Pool.Return(this);
        }
        else
        {
            loop.FreeCallbacks.Return(this);
        }

        if (inContext)
        {
            UserCode.EnterExecution(execution);
            loop.CallInContext(callback, state);
        }
        else
        {
            callback(state);
        }
    }
}

/// <summary>Asynchronous code on its way to the loop, and its result on the way back.</summary>
internal sealed class RunItem<T>(LoopCore loop, Func<Task<T>> work) : MailboxItem
{
    private readonly ExecutionContext? _execution = loop.CaptureExecution();
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<T> Task => _completion.Task;

    /// <summary>Starts the code at once. Its caller is on the loop.</summary>
    internal void Start() => loop.CallInContext(static item => _ = ((RunItem<T>)item!).ForwardAsync(), this);

    internal override void Execute()
    {
        UserCode.EnterExecution(_execution);
        Start();
    }

    private async Task ForwardAsync()
    {
        try
        {
            _completion.TrySetResult(await work().ConfigureAwait(false));
        }
        catch (OperationCanceledException e)
        {
            _completion.TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            _completion.TrySetException(e);
        }
    }
}
