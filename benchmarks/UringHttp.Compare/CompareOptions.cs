namespace UringHttp.Compare;

/// <summary>What a run is asked to do; see <see cref="CommandLine"/> for what each means to the person who asks.</summary>
internal sealed record CompareOptions
{
    public required IReadOnlyList<Workload> Rows { get; init; }

    public required IReadOnlyList<Arm> Arms { get; init; }

    /// <summary>True when the arms were named by the person: then one that cannot run is an error, not a remark.</summary>
    public required bool ArmsAreNamed { get; init; }

    public required int Rounds { get; init; }

    public required bool Full { get; init; }

    public required string Server { get; init; }

    public required string JsonPath { get; init; }

    /// <summary>True to write the results to benchmarks/results too, without the rounds.</summary>
    public required bool Keep { get; init; }

    public required string HtmlPath { get; init; }
}
