using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>The first line that a client process writes: what it is, or why it cannot be.</summary>
internal sealed record ClientReady(string Backend, string? Capabilities, string? Unavailable);

/// <summary>
/// A line to a client process: run one round of a row, or get warm for it when there is no limit. What the row is stands in it for the
/// clients that are other programs. The answer is a <see cref="RoundResult"/>, of the last round of the warm-up in that case.
/// </summary>
internal sealed record RoundCommand
{
    public required string Row { get; init; }

    public required string Url { get; init; }

    public required int BodyLength { get; init; }

    public required int Concurrency { get; init; }

    public required BodySink Sink { get; init; }

    public required int RequestsPerSecond { get; init; }

    public required int IdleConnections { get; init; }

    /// <summary>Of <see cref="HoldingServer"/>.</summary>
    public required string IdleUrl { get; init; }

    /// <summary>For files.</summary>
    public required string Directory { get; init; }

    public required RoundLimit WarmUp { get; init; }

    public required RoundLimit? Limit { get; init; }

    public static RoundCommand Of(Workload workload, ServerProcess server, string directory, RoundLimit? limit) => new()
    {
        Row = workload.Name,
        Url = server.UrlOf(workload),
        BodyLength = workload.BodyLength,
        Concurrency = workload.Concurrency,
        Sink = workload.Sink,
        RequestsPerSecond = workload.RequestsPerSecond,
        IdleConnections = workload.IdleConnections,
        IdleUrl = server.IdleUrlOf(workload),
        Directory = directory,
        WarmUp = workload.WarmUp,
        Limit = limit,
    };
}

/// <summary>One JSON value a line, both ways.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClientReady))]
[JsonSerializable(typeof(RoundCommand))]
[JsonSerializable(typeof(RoundResult))]
internal sealed partial class ProtocolJson : JsonSerializerContext;
