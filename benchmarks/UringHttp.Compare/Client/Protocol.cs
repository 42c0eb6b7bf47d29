using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>The first line that a client process writes: what it is, or why it cannot be.</summary>
internal sealed record ClientReady(string Backend, string? Capabilities, string? Unavailable);

/// <summary>
/// A line to a client process: run one round of a row against the server on this port of 127.0.0.1, or get warm for it when there is no
/// limit. The answer is a <see cref="RoundResult"/>, of the last round of the warm-up in that case.
/// </summary>
internal sealed record RoundCommand(string Row, int Port, RoundLimit? Limit);

/// <summary>One JSON value a line, both ways.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClientReady))]
[JsonSerializable(typeof(RoundCommand))]
[JsonSerializable(typeof(RoundResult))]
internal sealed partial class ProtocolJson : JsonSerializerContext;
