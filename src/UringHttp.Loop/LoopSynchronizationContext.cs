using System.Runtime.ExceptionServices;

namespace UringHttp;

/// <summary>
/// Brings code back to the loop. Code that comes too late runs on the thread pool, so that it is not lost, but not before the loop's last
/// turn is over.
/// </summary>
internal sealed class LoopSynchronizationContext(UringLoop loop) : SynchronizationContext
{
    public override SynchronizationContext CreateCopy() => this;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!loop.PostUserCode(d, state))
        {
            var late = new LateCallback(d, state, ExecutionContext.Capture());
            loop.Core.DoAfterEnd(() => ThreadPool.UnsafeQueueUserWorkItem(late, preferLocal: false));
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (loop.IsLoopThread)
        {
            loop.Core.CallInContext(d, state);
            return;
        }

        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        bool posted = loop.PostUserCode(
            _ =>
            {
                try
                {
                    d(state);
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }
                finally
                {
                    done.Set();
                }
            },
            null);
        if (!posted)
        {
            throw loop.NewDisposedException();
        }

        done.Wait();
        failure?.Throw();
    }

    /// <summary>A callback that the loop has refused, with the AsyncLocal values of who posted it (null: they must not flow).</summary>
    private sealed class LateCallback(SendOrPostCallback callback, object? state, ExecutionContext? execution) : IThreadPoolWorkItem
    {
        void IThreadPoolWorkItem.Execute()
        {
            UserCode.EnterExecution(execution); // the pool restores its own
            callback(state);
        }
    }
}
