namespace UringHttp.Simulation;

/// <summary>
/// What operations have come to, on its way to the loop: each after a delay of its own, so that those of different sockets overtake one
/// another.
/// </summary>
internal sealed class Completions(World world, SeededRandom random, long latency)
{
    private readonly PriorityQueue<(Completion Completion, PendingOperation? Operation), (long Due, long Number)> _coming = new();
    private long _number;

    public int Count => _coming.Count;

    public long NextDue => _coming.TryPeek(out _, out (long Due, long Number) key) ? key.Due : long.MaxValue;

    /// <summary>An operation is done.</summary>
    public void Add(PendingOperation operation, int result, CompletionFlags flags = CompletionFlags.None)
    {
        operation.IsDone = true;
        if (world.IsTraced)
        {
            world.Note($"  {operation.Kind} on {operation.Socket.Descriptor} comes to {result}");
        }

        Add(operation.Socket, new Completion { Token = operation.Token, Result = result, Flags = flags }, operation);
    }

    /// <summary>Something that nobody watches is done.</summary>
    public void AddUnwatched(SimulatedSocket? socket, ulong token, int result) =>
        Add(socket, new Completion { Token = token, Result = result }, null);

    public bool TryTake(out Completion completion, out PendingOperation? operation)
    {
        bool isDue = NextDue <= world.Now;
        (completion, operation) = isDue ? _coming.Dequeue() : default;
        return isDue;
    }

    private void Add(SimulatedSocket? socket, in Completion completion, PendingOperation? operation)
    {
        long due = world.Now + (random.Chance(300) ? 0 : random.Spread(1, latency));
        if (socket is not null)
        {
            due = socket.LastDue = Math.Max(due, socket.LastDue);
        }

        _coming.Enqueue((completion, operation), (due, _number++));
    }
}
