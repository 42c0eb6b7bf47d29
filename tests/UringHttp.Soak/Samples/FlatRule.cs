namespace UringHttp.Soak;

/// <summary>
/// Flat at the end: the median of the last quarter is at most a tenth, and the figure's slack, above that of the second quarter. The first
/// one is left out: what is compiled and pooled grows then. A slow leak that stays below it in a short run does not in a long one.
/// </summary>
internal static class FlatRule
{
    /// <summary>With less the second quarter is still the beginning.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(60);

    private const double Rise = 1.1;

    /// <summary>One sentence for each figure that is not flat.</summary>
    public static IEnumerable<string> Judge(IReadOnlyList<Sample> samples) =>
        from figure in Figure.All
        let early = EarlyMedian(figure, samples)
        let late = LateMedian(figure, samples)
        let limit = (early * Rise) + figure.Slack
        where late > limit
        select $"{figure.Name} rose from {figure.Describe(early)} (median of the second quarter) to {figure.Describe(late)} (of the last), "
            + $"which is beyond {figure.Describe(limit)}.";

    public static double EarlyMedian(Figure figure, IReadOnlyList<Sample> samples) =>
        Median(samples.Skip(samples.Count / 4).Take(samples.Count / 4).Select(figure.Read));

    public static double LateMedian(Figure figure, IReadOnlyList<Sample> samples) =>
        Median(samples.Skip(samples.Count * 3 / 4).Select(figure.Read));

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
