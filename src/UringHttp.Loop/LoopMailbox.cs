namespace UringHttp;

/// <summary>Work for a loop, a link in the mailbox's list. An item is in one mailbox at most.</summary>
internal abstract class MailboxItem
{
    /// <summary>The mailbox's own link.</summary>
    internal MailboxItem? Next { get; set; }

    /// <summary>Does the work, on the loop thread.</summary>
    internal abstract void Execute();
}

/// <summary>
/// Where other threads leave work for a loop, and how the loop knows that it may sleep. Many producers, one consumer, no lock:
/// producers push onto a stack, the loop takes the whole stack at once and turns it round, so each producer's order is kept.
/// </summary>
internal sealed class LoopMailbox
{
    private static readonly MailboxItem ClosedMark = new Mark();

    private MailboxItem? _head;
    private int _state;

    /// <summary>Who is responsible for the loop's next turn.</summary>
    private static class State
    {
        /// <summary>The loop runs, and looks into the mailbox before it sleeps.</summary>
        internal const int Awake = 0;

        /// <summary>The loop sleeps, or is about to: who leaves work must wake it.</summary>
        internal const int Asleep = 1;

        /// <summary>Somebody has left work since the loop last looked.</summary>
        internal const int Notified = 2;
    }

    /// <summary>Leaves an item. Any thread.</summary>
    /// <param name="item">What to do.</param>
    /// <param name="mustWake">True when the loop sleeps, and the caller is the one who must wake it.</param>
    /// <returns>False when the mailbox is closed: the item will not be executed.</returns>
    internal bool TryPost(MailboxItem item, out bool mustWake)
    {
        MailboxItem? head = Volatile.Read(ref _head);
        while (true)
        {
            if (head == ClosedMark)
            {
                mustWake = false;
                return false;
            }

            item.Next = head;
            MailboxItem? seen = Interlocked.CompareExchange(ref _head, item, head);
            if (seen == head)
            {
                break;
            }

            head = seen;
        }

        // A full fence: the item above is seen by the loop that reads Notified in TrySleep or in OnAwake.
        mustWake = Interlocked.Exchange(ref _state, State.Notified) == State.Asleep;
        return true;
    }

    /// <summary>Takes all items, oldest first, as a linked list. Loop thread only.</summary>
    internal MailboxItem? TakeAll()
    {
        MailboxItem? head = Volatile.Read(ref _head);
        return head is null || head == ClosedMark ? null : Reverse(Interlocked.Exchange(ref _head, null));
    }

    /// <summary>Takes all items and refuses new ones from now on; a second time there are none. Loop thread only.</summary>
    internal MailboxItem? Close()
    {
        MailboxItem? head = Interlocked.Exchange(ref _head, ClosedMark);
        return head == ClosedMark ? null : Reverse(head);
    }

    /// <summary>Announces that the loop is about to sleep. False when there is work: then it must not. Loop thread only.</summary>
    internal bool TrySleep() =>
        Interlocked.CompareExchange(ref _state, State.Asleep, State.Awake) == State.Awake;

    /// <summary>Announces that the loop is awake; work that is left from here on is seen before it sleeps. Loop thread only.</summary>
    internal void OnAwake()
    {
        if (Volatile.Read(ref _state) != State.Awake)
        {
            Interlocked.Exchange(ref _state, State.Awake);
        }
    }

    private static MailboxItem? Reverse(MailboxItem? newest)
    {
        MailboxItem? oldest = null;
        while (newest is not null)
        {
            MailboxItem? next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }

        return oldest;
    }

    private sealed class Mark : MailboxItem
    {
        internal override void Execute() => throw new InvalidOperationException("The mark of a closed mailbox is not work.");
    }
}
