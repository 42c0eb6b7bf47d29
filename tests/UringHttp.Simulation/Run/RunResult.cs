namespace UringHttp.Simulation;

/// <summary>What a run came to.</summary>
internal sealed record RunResult(ulong Seed, string? Violation, IReadOnlyList<string> Trace)
{
    public int Requests { get; init; }

    /// <summary>Those that had an answer.</summary>
    public int Answered { get; init; }

    /// <summary>Requests that went out behind others.</summary>
    public int SentBehind { get; init; }

    public int FallibleCalls { get; init; }

    public int Enters { get; init; }

    /// <summary>How often each fault struck.</summary>
    public required IReadOnlyList<long> Struck { get; init; }
}
