namespace UringHttp.Compare;

/// <summary>A line of a chart: its name, the CSS class that gives it its colour, and a value at each mark, or null.</summary>
internal sealed record Series(string Label, string Kind, IReadOnlyList<double?> Values);
