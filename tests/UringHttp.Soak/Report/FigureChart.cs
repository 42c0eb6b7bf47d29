using System.Globalization;
using System.Net;
using System.Text;

namespace UringHttp.Soak;

/// <summary>One figure over the time, from zero up, with the two medians that are compared.</summary>
internal sealed class FigureChart
{
    private const double Width = 1100;
    private const double Height = 170;
    private const double Left = 70;
    private const double Right = 14;
    private const double Top = 34;
    private const double Bottom = 26;
    private const int Marks = 4;

    private readonly StringBuilder _svg = new();
    private readonly Figure _figure;
    private readonly IReadOnlyList<Sample> _samples;
    private readonly double _end;
    private readonly double _highest;

    private FigureChart(Figure figure, IReadOnlyList<Sample> samples)
    {
        _figure = figure;
        _samples = samples;
        _end = Math.Max(1, samples.Max(sample => sample.Seconds));
        _highest = RoundUp(Math.Max(1, samples.Max(figure.Read)));
    }

    public static string Render(Figure figure, IReadOnlyList<Sample> samples)
    {
        if (samples.Count == 0)
        {
            return string.Empty;
        }

        var chart = new FigureChart(figure, samples);
        string title = figure.Unit.Length == 0 ? figure.Name : $"{figure.Name}, {figure.Unit}";
        chart.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">");
        chart.Append($"<text class=\"value\" x=\"{Left}\" y=\"16\">{WebUtility.HtmlEncode(title)}</text>");
        chart.AppendGrid();
        chart.AppendLine();
        chart.AppendMedian(FlatRule.EarlyMedian(figure, samples), samples.Count / 4, (samples.Count / 2) - 1);
        chart.AppendMedian(FlatRule.LateMedian(figure, samples), samples.Count * 3 / 4, samples.Count - 1);
        return chart._svg.Append("</svg>").ToString();
    }

    /// <summary>The next number that begins with 1, 2 or 5 and has nothing but zeros behind it.</summary>
    private static double RoundUp(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * (value / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }

    private double XOf(double seconds) => Left + (seconds / _end * (Width - Left - Right));

    private double YOf(double value) => Height - Bottom - (value / _highest * (Height - Top - Bottom));

    private void AppendGrid()
    {
        foreach (double value in (double[])[0, _highest / 2, _highest])
        {
            double y = YOf(value);
            Append($"<line class=\"grid\" x1=\"{Left}\" y1=\"{y:0.0}\" x2=\"{Width - Right}\" y2=\"{y:0.0}\"/>");
            Append($"<text class=\"label note\" x=\"{Left - 8}\" y=\"{y + 5:0.0}\">{value:#,0.##}</text>");
        }

        for (int i = 0; i <= Marks; i++)
        {
            double seconds = _end * i / Marks;
            string label = _end < 300 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
                : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min");
            string anchor = i == Marks ? "label note" : "middle note";
            Append($"<text class=\"{anchor}\" x=\"{XOf(seconds):0.0}\" y=\"{Height - 6}\">{label}</text>");
        }
    }

    private void AppendLine()
    {
        string points = string.Join(' ', _samples.Select(sample =>
            string.Create(CultureInfo.InvariantCulture, $"{XOf(sample.Seconds):0.0},{YOf(_figure.Read(sample)):0.0}")));
        Append($"<g class=\"ours\"><polyline points=\"{points}\"/></g>");
    }

    private void AppendMedian(double median, int first, int last)
    {
        if (last < first)
        {
            return;
        }

        (double from, double to) = (XOf(_samples[first].Seconds), XOf(_samples[last].Seconds));
        Append($"<g class=\"limit\"><polyline points=\"{from:0.0},{YOf(median):0.0} {to:0.0},{YOf(median):0.0}\"/></g>");
        Append($"<text class=\"middle note\" x=\"{(from + to) / 2:0.0}\" y=\"{Top - 8}\">{median:#,0.#}</text>");
    }

    private void Append(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
