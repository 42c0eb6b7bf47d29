namespace UringHttp.Soak;

/// <summary>
/// Of what belongs to connections there is no more than they can have. What each of them leaves behind for some seconds rises to a height
/// and stays there, which <see cref="FlatRule"/> takes for flat.
/// </summary>
internal static class ShareRule
{
    /// <summary>What belongs to the loops and pools.</summary>
    private const double Slack = 32;

    /// <summary>One sentence for each figure of which there is more; by the median of the second half.</summary>
    public static IEnumerable<string> Judge(IReadOnlyList<Sample> samples)
    {
        Sample[] half = [.. samples.Skip(samples.Count / 2)];
        return from figure in Figure.All
               let surplus = FlatRule.Median(half.Select(sample => figure.Read(sample) - (figure.MostEach * sample.Descriptors)))
               where surplus > Slack
               let median = FlatRule.Median(half.Select(figure.Read))
               let descriptors = FlatRule.Median(half.Select(sample => (double)sample.Descriptors))
               select $"{figure.Name}: {figure.Describe(median)} (median of the second half), which is more than "
                   + $"{figure.MostEach:0} for each of {figure.Describe(descriptors)} file descriptors.";
    }
}
