namespace UringHttp.Soak;

/// <summary>What the process holds at a moment, and what it has done by then.</summary>
internal sealed record Sample
{
    public required double Seconds { get; init; }

    public required long ResidentBytes { get; init; }

    /// <summary>The managed heap after the last collection.</summary>
    public required long HeapBytes { get; init; }

    /// <summary>Pinned memory in the slabs of the loops.</summary>
    public required long SlabBytes { get; init; }

    public required int Descriptors { get; init; }

    public required int Threads { get; init; }

    public required long Blocks { get; init; }

    public required long Operations { get; init; }

    public required int Timers { get; init; }

    public required long Requests { get; init; }
}
