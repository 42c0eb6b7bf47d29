namespace UringHttp;

/// <summary>
/// Threads that use the ring or a descriptor of the loop's beside the loop, each for one short call that does not block. At its end the
/// loop waits for those who are in, and lets in nobody else, so that no descriptor is closed, and given to a stranger, under them.
/// </summary>
internal sealed class LoopGuests
{
    /// <summary>Added once: whoever counts up from here sees a number below zero.</summary>
    private const int Closed = int.MinValue;

    private int _count;

    /// <summary>Enters; false at the loop's end. Any thread.</summary>
    internal bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) > 0)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Leaves.</summary>
    internal void Leave() => Interlocked.Decrement(ref _count);

    /// <summary>Lets in nobody any more, and waits until the last one has left. Once, on the loop thread.</summary>
    internal void Close()
    {
        Interlocked.Add(ref _count, Closed);
        var wait = default(SpinWait);
        while (Volatile.Read(ref _count) != Closed)
        {
            wait.SpinOnce();
        }
    }
}
