namespace UringHttp.Compare;

/// <summary>A bar of a chart: how long it is, what is written before it and after it, and the CSS class that gives it its colour.</summary>
internal sealed record Bar
{
    public required string Label { get; init; }

    public required string Kind { get; init; }

    public required Spread Value { get; init; }

    public required string ValueText { get; init; }

    public required string Note { get; init; }
}
