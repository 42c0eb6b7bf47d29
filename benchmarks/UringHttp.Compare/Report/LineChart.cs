using System.Globalization;
using System.Net;
using System.Text;

namespace UringHttp.Compare;

/// <summary>
/// Lines as SVG over marks at equal distances, upwards in powers of ten, in microseconds. Each line's name stands at its end.
/// </summary>
internal sealed class LineChart
{
    private const double Width = 900;
    private const double Height = 380;
    private const double Left = 70;
    private const double Right = 250;
    private const double Top = 12;
    private const double Bottom = 30;
    private const double LabelHeight = 16;
    private const double LabelGap = 12;
    private const double TextBaseline = 5;
    private const double DotRadius = 3;

    private readonly StringBuilder _svg = new();
    private readonly IReadOnlyList<string> _marks;
    private readonly IReadOnlyList<Series> _series;
    private readonly double _lowest;
    private readonly double _highest;

    private LineChart(IReadOnlyList<string> marks, IReadOnlyList<Series> series)
    {
        _marks = marks;
        _series = series;
        double[] values = [.. series.SelectMany(line => line.Values).OfType<double>().Where(value => value > 0)];
        _lowest = Math.Floor(Math.Log10(values.Min()) * 2) / 2;
        _highest = Math.Ceiling(Math.Log10(values.Max()) * 2) / 2;
        _highest = Math.Max(_highest, _lowest + 0.5);
    }

    public static string Render(string title, IReadOnlyList<string> marks, IReadOnlyList<Series> series)
    {
        var chart = new LineChart(marks, series);
        chart.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">");
        chart.AppendGrid();
        foreach (Series line in series)
        {
            chart.AppendLine(line);
        }

        chart.AppendLabels();
        return chart._svg.Append("</svg>").ToString();
    }

    private double XOf(int mark) => Left + (mark * (Width - Left - Right) / Math.Max(1, _marks.Count - 1));

    private double YOf(double value) =>
        Top + ((_highest - Math.Log10(value)) / (_highest - _lowest) * (Height - Top - Bottom));

    /// <summary>A line across for each power of ten and for three times it.</summary>
    private void AppendGrid()
    {
        for (int power = (int)Math.Floor(_lowest); power <= _highest; power++)
        {
            foreach (double value in (double[])[Math.Pow(10, power), 3 * Math.Pow(10, power)])
            {
                if (Math.Log10(value) >= _lowest && Math.Log10(value) <= _highest)
                {
                    double y = YOf(value);
                    Append($"<line class=\"grid\" x1=\"{Left}\" y1=\"{y:0.0}\" x2=\"{Width - Right}\" y2=\"{y:0.0}\"/>");
                    Append($"<text class=\"label note\" x=\"{Left - 8}\" y=\"{y + TextBaseline:0.0}\">{Units.Duration(value)}</text>");
                }
            }
        }

        for (int i = 0; i < _marks.Count; i++)
        {
            Append($"<text class=\"middle note\" x=\"{XOf(i):0.0}\" y=\"{Height - 8}\">{WebUtility.HtmlEncode(_marks[i])}</text>");
        }
    }

    private void AppendLine(Series line)
    {
        (double X, double Y)[] points =
        [
            .. line.Values.Index().Where(point => point.Item > 0).Select(point => (XOf(point.Index), YOf(point.Item!.Value))),
        ];
        string path = string.Join(' ', points.Select(point => Invariant($"{point.X:0.0},{point.Y:0.0}")));
        Append($"<g class=\"{line.Kind}\"><polyline points=\"{path}\"/>");
        foreach ((double x, double y) in points)
        {
            Append($"<circle cx=\"{x:0.0}\" cy=\"{y:0.0}\" r=\"{DotRadius}\"/>");
        }

        _svg.Append("</g>");
    }

    /// <summary>From the highest down; one that would cover the one above it moves down, with a thin line to where it belongs.</summary>
    private void AppendLabels()
    {
        double free = Top;
        var ends = _series
            .Where(line => line.Values.Any(value => value > 0))
            .Select(line => (Line: line, Last: line.Values.Index().Last(point => point.Item > 0)))
            .Select(end => (end.Line, X: XOf(end.Last.Index), Y: YOf(end.Last.Item!.Value)))
            .OrderBy(end => end.Y);
        foreach ((Series line, double x, double y) in ends)
        {
            double at = Math.Max(y, free);
            free = at + LabelHeight;
            double textX = Width - Right + (2 * LabelGap);
            Append($"<g class=\"{line.Kind}\"><line class=\"lead-line\" x1=\"{x + DotRadius:0.0}\" y1=\"{y:0.0}\" ");
            Append($"x2=\"{textX - 4:0.0}\" y2=\"{at:0.0}\"/>");
            Append($"<text x=\"{textX:0.0}\" y=\"{at + TextBaseline:0.0}\">{WebUtility.HtmlEncode(line.Label)}</text></g>");
        }
    }

    private void Append(FormattableString text) => _svg.Append(Invariant(text));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
