namespace UringHttp;

/// <summary>What a loop has done and what it holds, at one moment. Totals since the loop began, unless it says "now".</summary>
public readonly record struct UringLoopCounters
{
    /// <summary>Passes of the loop.</summary>
    public long Turns { get; init; }

    /// <summary>Submissions the ring accepted.</summary>
    public long Submissions { get; init; }

    /// <summary>Completions the ring delivered.</summary>
    public long Completions { get; init; }

    /// <summary>Completions for operations that had ended already; each was ignored.</summary>
    public long StaleCompletions { get; init; }

    /// <summary>Turns longer than <see cref="UringLoopOptions.SlowTurnLimit"/>.</summary>
    public long SlowTurns { get; init; }

    /// <summary>Times another thread had to wake the loop.</summary>
    public long Wakes { get; init; }

    /// <summary>Exceptions that escaped from code run on the loop; see <see cref="UringLoop.UnhandledException"/>.</summary>
    public long UnhandledExceptions { get; init; }

    /// <summary>Operations in flight now.</summary>
    public long OperationsInFlight { get; init; }

    /// <summary>Blocks of pinned memory that are with somebody now, of both sizes.</summary>
    public long BlocksRented { get; init; }

    /// <summary>Socket descriptors open now.</summary>
    public long OpenDescriptors { get; init; }

    /// <summary>Bytes of pinned memory in the loop's slabs now.</summary>
    public long BlockMemory { get; init; }
}
