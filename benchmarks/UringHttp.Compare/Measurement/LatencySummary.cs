namespace UringHttp.Compare;

/// <summary>From before the request is made to after the last byte of its body, in microseconds.</summary>
internal sealed record LatencySummary
{
    public required double P50 { get; init; }

    public required double P95 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    public required double Max { get; init; }
}
