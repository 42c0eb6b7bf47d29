namespace UringHttp;

/// <summary>
/// How many connections a handler may have in all. A pool takes a slot before it connects, and has it until the kernel has let go of
/// the connection. Where all are taken, pools get one in the order in which their requests came. Loop thread.
/// </summary>
internal sealed class ConnectionSlots(int max)
{
    /// <summary>
    /// The pools whose requests wait, by the request's ticket. A request that has ended otherwise is still in it; see <see cref="Settle"/>.
    /// </summary>
    private readonly PriorityQueue<ConnectionPool, long> _waiting = new();
    private int _taken;
    private long _tickets;

    /// <summary>A number for whoever begins to wait: less than all that are given later.</summary>
    internal long NextTicket() => ++_tickets;

    /// <summary>Takes a slot; false when there is none, or somebody else waits for one.</summary>
    internal bool TryTake()
    {
        Settle();
        if (_taken == max || _waiting.Count > 0)
        {
            return false;
        }

        _taken++;
        return true;
    }

    /// <summary>A request of the pool waits for a slot.</summary>
    internal void Await(ConnectionPool pool, long ticket) => _waiting.Enqueue(pool, ticket);

    /// <summary>Whether somebody has waited for a slot for longer than whoever has this ticket.</summary>
    internal bool IsAwaitedBefore(long ticket)
    {
        Settle();
        return _waiting.TryPeek(out _, out long first) && first < ticket;
    }

    /// <summary>A slot is free: it goes to the pool that has waited for it the longest.</summary>
    internal void Release()
    {
        _taken--;
        Settle();
        if (_waiting.TryDequeue(out ConnectionPool? pool, out _))
        {
            pool.UseSlot();
            _taken++;
        }
    }

    /// <summary>
    /// Sees to it that the first one does wait. The claim of a request that has a connection otherwise, or has given up, is the next one's
    /// in the pool, which may have none of its own.
    /// </summary>
    private void Settle()
    {
        while (_waiting.TryPeek(out ConnectionPool? pool, out long ticket) && pool.FirstTicket > ticket)
        {
            _waiting.Dequeue();
            if (pool.FirstTicket < long.MaxValue)
            {
                _waiting.Enqueue(pool, pool.FirstTicket);
            }
        }
    }
}
