namespace UringHttp;

/// <summary>
/// The managed side of a submission. From <see cref="LoopCore.Submit"/> to the terminal completion it is in flight: the table
/// keeps it alive, and the kernel may touch its memory. Being a mailbox item, it can be handed to the loop from another thread.
/// </summary>
internal abstract class Operation : MailboxItem
{
    /// <summary>Names the operation in submissions and completions; 0 while not in flight.</summary>
    internal ulong Token { get; set; }

    internal bool InFlight => Token != 0;

    /// <summary>
    /// Takes a completion, on the loop thread. With <see cref="CompletionFlags.More"/> others follow; without it the operation
    /// is no longer in flight, and may be submitted again.
    /// </summary>
    internal abstract void OnCompletion(int result, CompletionFlags flags);

    /// <summary>The loop ends: stop soon. Called on the loop thread, only while in flight.</summary>
    internal abstract void OnLoopStopping();

    /// <summary>The ring is gone, but the kernel may go on touching the memory: it is to be kept for ever. Only while in flight.</summary>
    internal virtual void KeepMemory()
    {
        // Most have none.
    }

    internal override void Execute() =>
        throw new NotSupportedException($"{GetType().Name} is submitted on the loop, not posted to it.");
}
