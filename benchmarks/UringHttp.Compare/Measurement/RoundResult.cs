namespace UringHttp.Compare;

/// <summary>What an arm has measured in one round of a row, as it sends it to the orchestrator and as it stands in the JSON file.</summary>
internal sealed record RoundResult
{
    public required long Requests { get; init; }

    /// <summary>Bytes of bodies.</summary>
    public required long BodyBytes { get; init; }

    /// <summary>Bytes of bodies that were compared with what they must be.</summary>
    public required long ComparedBytes { get; init; }

    public required double WallSeconds { get; init; }

    public required double UserCpuSeconds { get; init; }

    public required double SystemCpuSeconds { get; init; }

    /// <summary>Of these two, what the thread used that starts the requests of a fixed rate: no cost of the client.</summary>
    public double PacingCpuSeconds { get; init; }

    public required long AllocatedBytes { get; init; }

    public required IReadOnlyList<int> Collections { get; init; }

    /// <summary>Spent in the just-in-time compiler: near zero in a round that is warm.</summary>
    public required double CompilationSeconds { get; init; }

    /// <summary>0 when it is not known: a program that was run for the round alone.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>In microseconds.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>In the rows with idle connections.</summary>
    public IdleCost? Idle { get; init; }

    public required int Errors { get; init; }

    public required string? FirstError { get; init; }

    /// <summary>
    /// What other programs took of the client's core meanwhile, to a tick of 10 ms. Added by the orchestrator; null when nothing is pinned.
    /// </summary>
    public double? OthersCoreSeconds { get; init; }

    /// <summary>For how long the client's core was idle meanwhile; as above.</summary>
    public double? IdleCoreSeconds { get; init; }

    public double CpuMicrosecondsPerRequest => PerRequest(1e6 * CpuSeconds);

    public double RequestsPerSecond => Requests / WallSeconds;

    public double AllocatedBytesPerRequest => PerRequest(AllocatedBytes);

    /// <summary>The part of one core that the arm has used.</summary>
    public double CoreUse => CpuSeconds / WallSeconds;

    /// <summary>The part of the core that nobody used, while the client waited for the server; null when nothing is pinned.</summary>
    public double? CoreIdle => IdleCoreSeconds / WallSeconds;

    private double CpuSeconds => UserCpuSeconds + SystemCpuSeconds - PacingCpuSeconds;

    /// <summary>A round that failed at once still has to be told of, and JSON has no NaN.</summary>
    private double PerRequest(double value) => Requests == 0 ? 0 : value / Requests;
}
