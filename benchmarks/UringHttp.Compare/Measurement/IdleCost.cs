namespace UringHttp.Compare;

/// <summary>What an idle connection costs its client; not what it costs the kernel.</summary>
internal sealed record IdleCost
{
    public required int Connections { get; init; }

    /// <summary>Resident memory of the process, for each connection.</summary>
    public required double ResidentBytes { get; init; }

    /// <summary>Of that, what lies on the heap of the garbage collector; 0 where there is none.</summary>
    public required double ManagedBytes { get; init; }

    /// <summary>Open files, for each connection.</summary>
    public required double Descriptors { get; init; }
}
