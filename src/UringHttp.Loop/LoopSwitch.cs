using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Goes on on the loop: at once when the code is there already, else through the mailbox. Once the loop has ended, it goes on after it:
/// <see cref="LateWork"/>.
/// </summary>
/// <remarks>
/// Code of ours that is confined to the loop awaits two kinds of things: sources of ours, whose continuations run where they end,
/// and anything else, followed by this. It never relies on a captured context.
/// </remarks>
internal readonly struct LoopSwitch(LoopCore loop) : ICriticalNotifyCompletion
{
    public bool IsCompleted => loop.IsLoopThread;

    public LoopSwitch GetAwaiter() => this;

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        if (!CallbackItem.Post(loop, static continuation => ((Action)continuation!)(), continuation, inContext: false))
        {
            loop.DoAfterEnd(continuation);
        }
    }

    public void GetResult()
    {
    }
}
