namespace UringHttp.Soak;

/// <summary>What a run is asked to do; see <see cref="CommandLine"/> for what each means to the person who asks.</summary>
internal sealed record SoakOptions
{
    public required TimeSpan Duration { get; init; }

    public required IReadOnlyList<UringBackend> Backends { get; init; }

    public required int Seed { get; init; }

    /// <summary>Bytes of a long body.</summary>
    public required long LongBodyBytes { get; init; }

    /// <summary>Where the report goes, without the ending.</summary>
    public required string ReportPath { get; init; }
}
