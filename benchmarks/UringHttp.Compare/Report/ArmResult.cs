using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>One arm in one row: its rounds, and what they come to.</summary>
internal sealed record ArmResult
{
    /// <summary>When more of the client's core is idle, the client has waited for the server, and only CPU per request compares.</summary>
    private const double ServerBoundIdle = 0.1;

    public required string Arm { get; init; }

    public required Spread CpuMicrosecondsPerRequest { get; init; }

    /// <summary>CPU per request to that of the baseline in the same round, so that what both have suffered cancels.</summary>
    public required Spread CpuRatio { get; init; }

    /// <summary>Better or worse than the baseline only when all rounds say so.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
    public Verdict Verdict => CpuRatio switch
    {
        { Max: < 1 } => Verdict.Better,
        { Min: > 1 } => Verdict.Worse,
        _ => Verdict.Even,
    };

    /// <summary>CPU per request to that of the first limit program in the same round; null where none can run the row.</summary>
    public required Spread? LimitRatio { get; init; }

    public required Spread RequestsPerSecond { get; init; }

    /// <summary>Each percentile is the median of the rounds.</summary>
    public required LatencySummary LatencyMicroseconds { get; init; }

    public required double AllocatedBytesPerRequest { get; init; }

    /// <summary>The highest of the rounds.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>The medians of the rounds; null in rows without idle connections.</summary>
    public required IdleCost? Idle { get; init; }

    public required double CoreUse { get; init; }

    public required double? CoreIdle { get; init; }

    public bool IsServerBound => CoreIdle > ServerBoundIdle;

    public required IReadOnlyList<RoundResult> Rounds { get; init; }

    public static ArmResult Of(
        string arm, IReadOnlyList<RoundResult> rounds, IReadOnlyList<RoundResult> baseline, IReadOnlyList<RoundResult>? limit) => new()
        {
            Arm = arm,
            CpuMicrosecondsPerRequest = Spread.Of(rounds.Select(round => round.CpuMicrosecondsPerRequest)),
            CpuRatio = RatioOf(rounds, baseline),
            LimitRatio = limit is null ? null : RatioOf(rounds, limit),
            RequestsPerSecond = Spread.Of(rounds.Select(round => round.RequestsPerSecond)),
            LatencyMicroseconds = new LatencySummary
            {
                P50 = Spread.Of(rounds.Select(round => round.Latency.P50)).Median,
                P95 = Spread.Of(rounds.Select(round => round.Latency.P95)).Median,
                P99 = Spread.Of(rounds.Select(round => round.Latency.P99)).Median,
                P999 = Spread.Of(rounds.Select(round => round.Latency.P999)).Median,
                Max = rounds.Max(round => round.Latency.Max),
            },
            AllocatedBytesPerRequest = Spread.Of(rounds.Select(round => round.AllocatedBytesPerRequest)).Median,
            PeakMemoryBytes = rounds.Max(round => round.PeakMemoryBytes),
            Idle = rounds.Any(round => round.Idle is null) ? null : MedianOf([.. rounds.Select(round => round.Idle!)]),
            CoreUse = Spread.Of(rounds.Select(round => round.CoreUse)).Median,
            CoreIdle = rounds.Any(round => round.CoreIdle is null) ? null : Spread.Of(rounds.Select(round => round.CoreIdle!.Value)).Median,
            Rounds = rounds,
        };

    private static Spread RatioOf(IEnumerable<RoundResult> rounds, IEnumerable<RoundResult> others) =>
        Spread.Of(rounds.Zip(others, (own, other) => own.CpuMicrosecondsPerRequest / other.CpuMicrosecondsPerRequest));

    private static IdleCost MedianOf(IReadOnlyList<IdleCost> costs) => new()
    {
        Connections = costs[0].Connections,
        ResidentBytes = Spread.Of(costs.Select(cost => cost.ResidentBytes)).Median,
        ManagedBytes = Spread.Of(costs.Select(cost => cost.ManagedBytes)).Median,
        Descriptors = Spread.Of(costs.Select(cost => cost.Descriptors)).Median,
    };
}
