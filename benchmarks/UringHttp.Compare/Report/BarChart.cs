using System.Globalization;
using System.Net;
using System.Text;

namespace UringHttp.Compare;

/// <summary>
/// Horizontal bars as SVG, with a line from the lowest to the highest round, and marks down the chart where the baseline and the limit end.
/// A round far off the others, or a bar many times the baseline, does not shrink all bars: it runs to the edge and has no end.
/// </summary>
internal static class BarChart
{
    /// <summary>The kind of bars that mark the limit; the first of them has the line.</summary>
    public const string LimitKind = "limit";

    private const double Width = 900;
    private const double LabelWidth = 270;
    private const double TextWidth = 150;
    private const double MostOfMedian = 1.3;
    private const double MostOfBaseline = 2.5;
    private const double RowHeight = 34;
    private const double BarHeight = 20;
    private const double Corner = 3;
    private const double BreakFromEnd = 24;
    private const double CapHeight = 8;
    private const double TextGap = 10;
    private const double TextBaseline = 5;

    /// <summary>The first bar is the baseline.</summary>
    public static string Render(string title, IReadOnlyList<Bar> bars)
    {
        double longest = Math.Min(bars.Max(bar => bar.Value.Max), MostOfMedian * bars.Max(bar => bar.Value.Median));
        longest = Math.Min(longest, MostOfBaseline * bars[0].Value.Median);
        double scale = (Width - LabelWidth - TextWidth) / longest;
        double height = RowHeight * bars.Count;
        double baseline = LabelWidth + (bars[0].Value.Median * scale);
        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">"));
        AppendLine(svg, "mark", baseline, 0, baseline, height);
        if (bars.FirstOrDefault(bar => bar.Kind == LimitKind) is { } limit)
        {
            double end = LabelWidth + (limit.Value.Median * scale);
            AppendLine(svg, "limit-mark", end, 0, end, height);
        }

        for (int i = 0; i < bars.Count; i++)
        {
            AppendBar(svg, bars[i], (i + 0.5) * RowHeight, scale);
        }

        return svg.Append("</svg>").ToString();
    }

    private static void AppendBar(StringBuilder svg, Bar bar, double middle, double scale)
    {
        double length = Math.Min(bar.Value.Median * scale, Width - TextWidth - LabelWidth);
        double low = Math.Min(LabelWidth + (bar.Value.Min * scale), Width - TextWidth);
        double high = Math.Min(LabelWidth + (bar.Value.Max * scale), Width - TextWidth);
        svg.Append(Invariant($"<g class=\"{bar.Kind}\">"));
        svg.Append(Invariant(
            $"<text class=\"label\" x=\"{LabelWidth - TextGap}\" y=\"{middle + TextBaseline}\">{WebUtility.HtmlEncode(bar.Label)}</text>"));
        svg.Append(Invariant(
            $"<rect x=\"{LabelWidth}\" y=\"{middle - (BarHeight / 2)}\" width=\"{length:0.0}\" height=\"{BarHeight}\" rx=\"{Corner}\"/>"));
        if (bar.Value.Median * scale > length)
        {
            double at = LabelWidth + length - BreakFromEnd;
            AppendLine(svg, "break", at - Corner, middle + (BarHeight / 2), at + Corner, middle - (BarHeight / 2));
        }

        AppendLine(svg, "range", low, middle, high, middle);
        if (low < Width - TextWidth)
        {
            AppendCap(svg, low, middle);
        }

        if (high < Width - TextWidth)
        {
            AppendCap(svg, high, middle);
        }

        svg.Append(Invariant($"<text x=\"{high + TextGap:0.0}\" y=\"{middle + TextBaseline}\">"));
        svg.Append(Invariant($"<tspan class=\"value\">{WebUtility.HtmlEncode(bar.ValueText)}</tspan>"));
        svg.Append(Invariant($"<tspan class=\"note\" dx=\"8\">{WebUtility.HtmlEncode(bar.Note)}</tspan></text></g>"));
    }

    private static void AppendCap(StringBuilder svg, double x, double middle) =>
        AppendLine(svg, "range", x, middle - (CapHeight / 2), x, middle + (CapHeight / 2));

    private static void AppendLine(StringBuilder svg, string kind, double x1, double y1, double x2, double y2) =>
        svg.Append(Invariant($"<line class=\"{kind}\" x1=\"{x1:0.0}\" y1=\"{y1:0.0}\" x2=\"{x2:0.0}\" y2=\"{y2:0.0}\"/>"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
