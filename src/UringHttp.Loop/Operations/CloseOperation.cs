namespace UringHttp;

/// <summary>Closes a descriptor of the loop that has nothing else in flight.</summary>
internal sealed class CloseOperation(LoopCore loop, int descriptor, Action? onClosed = null) : Operation
{
    /// <summary>Closes, unless somebody else does already. Loop thread.</summary>
    internal void Submit()
    {
        bool taken = loop.TakeDescriptor(descriptor);
        if (taken && !loop.IsRingGone)
        {
            var submission = new Submission { Kind = OperationKind.Close, Descriptor = descriptor };
            loop.Submit(this, ref submission);
        }
        else
        {
            if (taken)
            {
                loop.Ring.CloseUnused(descriptor); // nothing watches it any more
            }

            onClosed?.Invoke();
        }
    }

    /// <summary>close(2) gives the descriptor up even when it reports an error, so there is nothing to retry.</summary>
    internal override void OnCompletion(int result, CompletionFlags flags) => onClosed?.Invoke();

    internal override void OnLoopStopping()
    {
        // It ends by itself.
    }

    /// <summary>Posted by another thread (a finalizer's, say), it submits itself.</summary>
    internal override void Execute() => Submit();
}
