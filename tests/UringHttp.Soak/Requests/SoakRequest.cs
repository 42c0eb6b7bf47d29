using System.Globalization;

namespace UringHttp.Soak;

/// <summary>One request and the answer that it asks for. The request's target says all of it, to the server too.</summary>
internal sealed record SoakRequest
{
    /// <summary>Gives the fields of both heads and the bytes of both bodies.</summary>
    public required int Seed { get; init; }

    /// <summary>Bytes of the request's content; null without any.</summary>
    public required long? Sent { get; init; }

    /// <summary>Whether the request's content is sent chunked.</summary>
    public bool IsChunked { get; init; }

    /// <summary>Bytes of the answer's body.</summary>
    public required long Received { get; init; }

    public BodyForm Form { get; init; }

    public AnswerWay Way { get; init; }

    public SeededBody SentBody => new(Seed, Sent ?? 0);

    public SeededBody ReceivedBody => new(~Seed, Received);

    public IReadOnlyList<KeyValuePair<string, string>> SentFields => SeededFields.Draw(Seed);

    public IReadOnlyList<KeyValuePair<string, string>> ReceivedFields => SeededFields.Draw(~Seed);

    /// <summary>Path and query.</summary>
    public string Target => string.Create(
        CultureInfo.InvariantCulture,
        $"/{Seed}/{(Sent is { } sent ? sent : "none")}/{(IsChunked ? 1 : 0)}/{Received}/{Form}/{Way}");

    /// <exception cref="FormatException">It is none that <see cref="Target"/> has made.</exception>
    public static SoakRequest Parse(string target)
    {
        string[] parts = target.Split('/');
        return parts.Length == 7
            ? new SoakRequest
            {
                Seed = int.Parse(parts[1], CultureInfo.InvariantCulture),
                Sent = parts[2] == "none" ? null : long.Parse(parts[2], CultureInfo.InvariantCulture),
                IsChunked = parts[3] == "1",
                Received = long.Parse(parts[4], CultureInfo.InvariantCulture),
                Form = Enum.Parse<BodyForm>(parts[5]),
                Way = Enum.Parse<AnswerWay>(parts[6]),
            }
            : throw new FormatException($"'{target}' is no target of a soak request.");
    }

    public override string ToString() => $"{(Sent is null ? "GET" : "POST")} {Target}";
}
