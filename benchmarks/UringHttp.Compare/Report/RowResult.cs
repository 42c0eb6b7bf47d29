using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>A row, with all arms.</summary>
internal sealed record RowResult
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    public required int BodyLength { get; init; }

    public required int Concurrency { get; init; }

    public required BodySink Sink { get; init; }

    /// <summary>0: as many as the client can.</summary>
    public required int RequestsPerSecond { get; init; }

    /// <summary>True for the points of the chart over connections.</summary>
    public required bool IsScaling { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<BodyCheck>))]
    public required BodyCheck Check { get; init; }

    public required RoundLimit Round { get; init; }

    public required IReadOnlyList<ArmResult> Arms { get; init; }
}
