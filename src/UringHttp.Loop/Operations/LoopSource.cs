using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace UringHttp;

/// <summary>
/// The core of a task source that is awaited on the loop and ends there, over and over: whoever awaits it goes on inside the dispatch
/// that ends it, without a turn in between. A mutable struct: keep it in a field. Loop thread.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct LoopSource<T>
{
    private ManualResetValueTaskSourceCore<T> _core;
    private bool _inContext;

    /// <summary>Names the present use.</summary>
    internal readonly short Version => _core.Version;

    /// <summary>
    /// True when who awaits must find the loop's context: then <see cref="SetResult"/> and <see cref="SetException"/> are to be called
    /// through <see cref="LoopCore.CallInContext"/>.
    /// </summary>
    internal bool TakeContextWish()
    {
        bool wish = _inContext;
        _inContext = false;
        return wish;
    }

    /// <summary>Begins another use.</summary>
    internal void Reset() => _core.Reset();

    internal void SetResult(T result) => _core.SetResult(result);

    internal void SetException(Exception failure) => _core.SetException(failure);

    internal T GetResult(short token) => _core.GetResult(token);

    internal ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    internal void OnCompleted(
        LoopCore loop, Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        bool isPending = _core.GetStatus(token) == ValueTaskSourceStatus.Pending;
        if (isPending && loop.IsLoopThread && SynchronizationContext.Current == loop.Context)
        {
            // It ends on the loop anyway: posting to the loop's context would only cost a turn.
            _inContext = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0;
            flags &= ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
        }

        _core.OnCompleted(continuation, state, token, flags);
    }
}
