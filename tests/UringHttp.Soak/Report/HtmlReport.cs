using System.Globalization;
using System.Net;
using System.Text;
using UringHttp.Compare;

namespace UringHttp.Soak;

/// <summary>The report as one HTML file that needs nothing else: the verdict, a chart for each figure, the endings, the machine.</summary>
internal sealed class HtmlReport
{
    private readonly StringBuilder _html = new();
    private readonly SoakReport _report;

    private HtmlReport(SoakReport report) => _report = report;

    public static void Write(SoakReport report, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, new HtmlReport(report).Render());
    }

    private string Render()
    {
        Line("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        Line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>UringHttp soaked</title>");
        Line($"<style>{HtmlStyle.Text}.bad {{ color: var(--worse); }} .good {{ color: var(--better); }}</style></head><body><main>");
        Line("<h1>UringHttp soaked</h1>");
        Line($"<p class=\"lead\">{Escape(_report.Summary)}</p>");
        WriteFailures();
        Line("<section><h2>What the process holds</h2><p class=\"lead\">The dashed lines are the medians of the second and of the last "
            + "quarter, which are compared.</p>");
        foreach (Figure figure in Figure.All)
        {
            Line(FigureChart.Render(figure, _report.Samples));
        }

        Line("</section>");
        WriteEndings();
        WriteMachine();
        Line("</main></body></html>");
        return _html.ToString();
    }

    private void WriteFailures()
    {
        string flat = _report.IsJudged ? "each figure is flat, and " : string.Empty;
        Line(_report.Failures.Count == 0
            ? $"<section><h2 class=\"good\">Nothing was wrong: {flat}nothing was left at the end</h2></section>"
            : "<section><h2 class=\"bad\">What was wrong</h2><ul>");
        foreach (string failure in _report.Failures)
        {
            Line($"<li>{Escape(failure)}</li>");
        }

        Line(_report.Failures.Count == 0 ? string.Empty : "</ul></section>");
    }

    private void WriteEndings()
    {
        Line("<section><h2>How the requests have ended</h2><div class=\"scroll\"><table><tbody>");
        foreach ((string ending, long count) in _report.Endings)
        {
            Line($"<tr><th>{Escape(ending)}</th><td>{count.ToString("#,0", CultureInfo.InvariantCulture)}</td></tr>");
        }

        Line("</tbody></table></div></section>");
    }

    private void WriteMachine()
    {
        MachineInfo machine = _report.Machine;
        Line("<section><h2>The run</h2><dl>");
        Term("Date", _report.Date.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        Term("Commit", _report.Commit);
        Term("Minutes", _report.Minutes.ToString(CultureInfo.InvariantCulture));
        Term("Seed", _report.Seed.ToString(CultureInfo.InvariantCulture));
        Term("Long bodies", _report.LongBodyBytes.ToString("#,0 bytes", CultureInfo.InvariantCulture));
        Term("Processor", $"{machine.Processor}, {machine.Cores} cores");
        Term("Kernel", machine.Kernel);
        Term("Runtime", $"{machine.Runtime}, {machine.Configuration}");
        Term("Backends", string.Join("; ", _report.Backends));
        Line("</dl></section>");
    }

    private void Term(string name, string value) => Line($"<dt>{name}</dt><dd>{Escape(value)}</dd>");

    private void Line(string text) => _html.Append(text).Append('\n');

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
