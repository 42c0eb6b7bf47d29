namespace UringHttp.Tests.Client.Differential;

/// <summary>One way in which this handler differs from the stock one, on purpose.</summary>
/// <param name="What">What the peer or the caller does.</param>
/// <param name="Stock">What the stock handler makes of it.</param>
/// <param name="Here">What this one makes of it.</param>
/// <param name="Reason">Why.</param>
internal sealed record KnownDifference(string What, string Stock, string Here, string Reason)
{
    /// <summary>The names of the exchanges that show it; a star at the end stands for any end.</summary>
    internal required string[] Shown { get; init; }

    /// <summary>A line of this handler's observation in each of them, or the beginning of one.</summary>
    internal required string Line { get; init; }

    /// <summary>Its row in the table of the README.</summary>
    internal string Row => $"| {What} | {Stock} | {Here} | {Reason} |";

    internal bool IsShownBy(Exchange exchange) => Shown.Any(name => Matches(name, exchange));

    /// <summary>Whether this handler's observation is of this difference, and of no other.</summary>
    internal bool Describes(string ours) => $"\n{ours}".Contains($"\n{Line}", StringComparison.Ordinal);

    internal static bool Matches(string pattern, Exchange exchange) => pattern.EndsWith('*')
        ? exchange.Name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : exchange.Name == pattern;
}
