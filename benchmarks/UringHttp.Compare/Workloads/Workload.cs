namespace UringHttp.Compare;

/// <summary>A row of the comparison: what is fetched, how many at once, and when a round ends.</summary>
internal sealed record Workload
{
    /// <summary>The row on the command line, in the files and, with a slash before it, on the server.</summary>
    public required string Name { get; init; }

    /// <summary>The row for a reader.</summary>
    public required string Title { get; init; }

    /// <summary>In bytes.</summary>
    public required int BodyLength { get; init; }

    /// <summary>Requests in flight, each on a connection of its own.</summary>
    public required int Concurrency { get; init; }

    public required BodyCheck Check { get; init; }

    /// <summary>The round under full load that ends the warm-up, repeated until the compiler is silent in it.</summary>
    public required RoundLimit WarmUp { get; init; }

    /// <summary>True when short bursts go before that; pointless where a burst would be as long as a round.</summary>
    public required bool WarmsUpInBursts { get; init; }

    public required RoundLimit Round { get; init; }

    /// <summary>A round of <c>--full</c>.</summary>
    public required RoundLimit FullRound { get; init; }

    public string Path => "/" + Name;
}
