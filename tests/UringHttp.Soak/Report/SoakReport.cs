using System.Globalization;
using UringHttp.Compare;

namespace UringHttp.Soak;

/// <summary>What a run has come to.</summary>
internal sealed record SoakReport
{
    public required DateTimeOffset Date { get; init; }

    public required string Commit { get; init; }

    public required MachineInfo Machine { get; init; }

    /// <summary>What each loop has stood on.</summary>
    public required IReadOnlyList<string> Backends { get; init; }

    public required int Seed { get; init; }

    public required double Minutes { get; init; }

    /// <summary>A sentence for each thing that is not as it must be.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>Whether it was long enough to tell what is flat.</summary>
    public required bool IsJudged { get; init; }

    public required long Requests { get; init; }

    public required long Cancelled { get; init; }

    public required long CancelledWithin100Microseconds { get; init; }

    public required long SentBytes { get; init; }

    public required long ReceivedBytes { get; init; }

    public required long LongBodyBytes { get; init; }

    /// <summary>How many requests have ended in which way.</summary>
    public required IReadOnlyDictionary<string, long> Endings { get; init; }

    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>In a sentence.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Failures.Count == 0 ? "Passed" : "Failed")} after {Minutes:0.##} minutes: {Requests:#,0} requests, {Cancelled:#,0} cancelled ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"({(double)CancelledWithin100Microseconds / Math.Max(1, Cancelled):0 %} within 100 us), ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"{SentBytes / 1e9:0.0} GB sent and {ReceivedBytes / 1e9:0.0} GB received with right checksums")
        + (IsJudged ? "." : "; too short to tell what is flat.");
}
