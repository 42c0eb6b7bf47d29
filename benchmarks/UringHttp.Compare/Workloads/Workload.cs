using System.Globalization;

namespace UringHttp.Compare;

/// <summary>A row of the comparison: what is fetched, how many at once, and when a round ends.</summary>
internal sealed record Workload
{
    /// <summary>The row on the command line and in the files.</summary>
    public required string Name { get; init; }

    /// <summary>The row for a reader.</summary>
    public required string Title { get; init; }

    /// <summary>In bytes.</summary>
    public required int BodyLength { get; init; }

    /// <summary>Requests in flight, each on a connection of its own; with a fixed rate the most of them.</summary>
    public required int Concurrency { get; init; }

    public BodySink Sink { get; init; }

    public required BodyCheck Check { get; init; }

    /// <summary>Requests that are started in a second, whether or not earlier ones have ended. 0: as many as the client can.</summary>
    public int RequestsPerSecond { get; init; }

    public bool IsHttps { get; init; }

    /// <summary>Connections that were used once and idle in the pool while the others work; opened anew for each round.</summary>
    public int IdleConnections { get; init; }

    /// <summary>True for the rows that run when nothing is asked for: those of the Demo target.</summary>
    public bool IsInDemo { get; init; }

    /// <summary>The round under full load that ends the warm-up, repeated until the compiler is silent in it.</summary>
    public required RoundLimit WarmUp { get; init; }

    /// <summary>True when short bursts go before that; pointless where a burst would be as long as a round.</summary>
    public bool WarmsUpInBursts { get; init; }

    public required RoundLimit Round { get; init; }

    /// <summary>A round of <c>--full</c>.</summary>
    public required RoundLimit FullRound { get; init; }

    /// <summary>Of the body on the server. Rows with bodies of one length share it.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/{BodyLength}");

    /// <summary>True for the rows that differ in nothing but the number of connections: the points of the chart over connections.</summary>
    public bool IsScaling => this is { BodyLength: WorkloadCatalog.SmallBody, RequestsPerSecond: 0, IsHttps: false, IdleConnections: 0 };
}
