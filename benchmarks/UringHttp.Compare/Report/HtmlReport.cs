using System.Globalization;
using System.Net;
using System.Text;

namespace UringHttp.Compare;

/// <summary>The comparison as one HTML file that needs nothing else: a matrix of ratios, a bar chart and a table for each row.</summary>
internal sealed class HtmlReport
{
    private readonly StringBuilder _html = new();
    private readonly Comparison _comparison;
    private readonly Dictionary<string, ArmInfo> _arms;

    private HtmlReport(Comparison comparison)
    {
        _comparison = comparison;
        _arms = comparison.Arms.ToDictionary(arm => arm.Name);
    }

    public static void Write(Comparison comparison, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, new HtmlReport(comparison).Render());
    }

    private string Render()
    {
        Line("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        Line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>UringHttp compared</title>");
        Line($"<style>{HtmlStyle.Text}</style></head><body><main>");
        WriteHeading();
        WriteMatrix();
        WriteConnections();
        foreach (RowResult row in _comparison.Rows)
        {
            WriteRow(row);
        }

        WritePublished();
        WriteRemarks();
        WriteMachine();
        Line("</main></body></html>");
        return _html.ToString();
    }

    private void WriteHeading()
    {
        Line("<h1>UringHttp compared</h1>");
        Line(
            $"<p class=\"lead\">What one request costs the client in CPU time, against {Escape(_arms[_comparison.Baseline].Title)}. " +
            $"Each arm is a process of its own on one core; they took turns for {_comparison.Rounds} rounds, and a ratio is the median " +
            "of the ratios within each round. Lower is better; it is coloured where all rounds agree.</p>");
    }

    private void WriteMatrix()
    {
        Line("<section><h2>CPU per request, as a ratio</h2><div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>");
        foreach (RowResult row in _comparison.Rows)
        {
            Line($"<th>{Escape(row.Title)}</th>");
        }

        Line("</tr></thead><tbody>");
        foreach (ArmInfo arm in _comparison.Arms)
        {
            Line($"<tr class=\"{ClassOf(arm)}\"><th>{Escape(arm.Title)}</th>");
            foreach (ArmResult? result in _comparison.Rows.Select(row => row.Arms.FirstOrDefault(result => result.Arm == arm.Name)))
            {
                Line(result is null ? "<td></td>" : $"<td class=\"{result.Verdict}\">{Units.Ratio(result.CpuRatio.Median)}</td>");
            }

            Line("</tr>");
        }

        Line("</tbody></table></div></section>");
    }

    private void WriteRow(RowResult row)
    {
        Line($"<section><h2>{Escape(row.Title)}</h2>");
        Bar[] bars =
        [
            .. row.Arms.Select(arm => new Bar
            {
                Label = _arms[arm.Arm].Title,
                Kind = ClassOf(_arms[arm.Arm]),
                Value = arm.CpuMicrosecondsPerRequest,
                ValueText = Units.Duration(arm.CpuMicrosecondsPerRequest.Median),
                Note = Units.Ratio(arm.CpuRatio.Median),
            }),
        ];
        Line(BarChart.Render($"CPU per request: {row.Title}", bars));
        if (row.RequestsPerSecond > 0)
        {
            WriteLatency(row);
        }

        Line(
            "<div class=\"scroll\"><table><thead><tr><th></th><th>CPU per request</th><th>ratio (min–max)</th><th>to limit</th>" +
            "<th>requests/s</th><th>p50</th><th>p95</th><th>p99</th><th>p99.9</th><th>allocated</th>" +
            "<th>peak RSS</th><th>core</th></tr></thead><tbody>");
        foreach (ArmResult arm in row.Arms)
        {
            WriteArm(arm);
        }

        Line("</tbody></table></div>");
        if (row.Arms.Any(arm => arm.Idle is not null))
        {
            WriteIdle(row);
        }

        Line("</section>");
    }

    /// <summary>CPU per request over the number of connections, from the rows that differ in nothing else.</summary>
    private void WriteConnections()
    {
        RowResult[] rows = [.. _comparison.Rows.Where(row => row.IsScaling).OrderBy(row => row.Concurrency)];
        if (rows.Length < 2)
        {
            return;
        }

        Line("<section><h2>CPU per request against connections, 200 B</h2>");
        Series[] series =
        [
            .. _comparison.Arms.Select(arm => new Series(
                arm.Title,
                ClassOf(arm),
                [.. rows.Select(row => row.Arms.FirstOrDefault(result => result.Arm == arm.Name)?.CpuMicrosecondsPerRequest.Median)])),
        ];
        string[] marks = [.. rows.Select(row => row.Concurrency.ToString("#,##0", CultureInfo.InvariantCulture))];
        Line(LineChart.Render("CPU per request against connections", marks, [.. series.Where(line => line.Values.Any(v => v > 0))]));
        Line("</section>");
    }

    private void WriteLatency(RowResult row)
    {
        Line("<h3>Latency from the intended start of each request</h3>");
        Series[] series =
        [
            .. row.Arms.Select(arm => (Info: _arms[arm.Arm], Latency: arm.LatencyMicroseconds)).Select(arm => new Series(
                arm.Info.Title,
                ClassOf(arm.Info),
                [arm.Latency.P50, arm.Latency.P95, arm.Latency.P99, arm.Latency.P999, arm.Latency.Max])),
        ];
        Line(LineChart.Render($"Latency: {row.Title}", ["p50", "p95", "p99", "p99.9", "longest"], series));
    }

    private void WriteIdle(RowResult row)
    {
        Line("<h3>An idle connection</h3><div class=\"scroll\"><table><thead><tr><th></th><th>resident memory</th>");
        Line("<th>managed memory</th><th>open files</th></tr></thead><tbody>");
        foreach (ArmResult arm in row.Arms.Where(arm => arm.Idle is not null))
        {
            Line($"<tr class=\"{ClassOf(_arms[arm.Arm])}\"><th>{Escape(_arms[arm.Arm].Title)}</th>");
            Line($"<td>{Units.Bytes(arm.Idle!.ResidentBytes)}</td><td>{Units.BytesOrUnknown(arm.Idle.ManagedBytes)}</td>");
            Line($"<td>{Units.Count(arm.Idle.Descriptors)}</td></tr>");
        }

        Line("</tbody></table></div>");
    }

    private void WritePublished()
    {
        Line("<section><h2>Published, not measured here</h2>");
        Line("<p class=\"lead\">What others have written about systems, most of which Debian does not have, on other machines: ");
        Line("only the ratio to the aiohttp of the same table carries over. Lower is better.</p>");
        Line("<div class=\"scroll\"><table><thead><tr><th></th><th>what</th><th>figure</th><th>aiohttp</th><th>ratio</th></tr></thead>");
        Line("<tbody>");
        foreach (PublishedFigure figure in PublishedFigure.All)
        {
            string ratio = figure.Ratio is { } value ? Units.Ratio(value) : Units.Unknown;
            string[] cells = [figure.What, figure.Figure, figure.OfAiohttp, ratio];
            Line($"<tr><th>{Escape(figure.System)}</th>{string.Concat(cells.Select(cell => $"<td>{Escape(cell)}</td>"))}</tr>");
        }

        Line("</tbody></table></div></section>");
    }

    private void WriteArm(ArmResult arm)
    {
        string mark = arm.IsServerBound ? "*" : string.Empty;
        LatencySummary latency = arm.LatencyMicroseconds;
        string[] cells =
        [
            Units.Duration(arm.CpuMicrosecondsPerRequest),
            Units.Ratio(arm.CpuRatio),
            arm.LimitRatio is { } limit ? Units.Ratio(limit.Median) : Units.Unknown,
            Units.Count(arm.RequestsPerSecond.Median) + mark,
            Units.Duration(latency.P50),
            Units.Duration(latency.P95),
            Units.Duration(latency.P99),
            Units.Duration(latency.P999),
            Units.BytesOrUnknown(arm.AllocatedBytesPerRequest),
            Units.BytesOrUnknown(arm.PeakMemoryBytes),
            Units.Percent(arm.CoreUse) + mark,
        ];
        Line($"<tr class=\"{ClassOf(_arms[arm.Arm])}\"><th>{Escape(_arms[arm.Arm].Title)}</th>");
        Line($"{string.Concat(cells.Select(cell => $"<td>{Escape(cell)}</td>"))}</tr>");
    }

    private void WriteRemarks()
    {
        Line("<section><h2>How far to believe it</h2><ul>");
        foreach (string remark in Remarks.About(_comparison))
        {
            Line($"<li>{Escape(remark)}</li>");
        }

        Line("</ul></section>");
    }

    private void WriteMachine()
    {
        MachineInfo machine = _comparison.Machine;
        string pinned = _comparison.ClientCore is null
            ? "nothing pinned"
            : $"clients on core {_comparison.ClientCore}, server on core {_comparison.ServerCore}";
        Line("<section><h2>Where and when</h2><dl>");
        WriteFact("Command", _comparison.CommandLine);
        WriteFact("Commit", _comparison.Commit.Short);
        WriteFact("Date", _comparison.StartedAt.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture));
        WriteFact("Took", $"{_comparison.WallSeconds:0} s");
        WriteFact("Machine", $"{machine.Processor}, {machine.Cores} cores, {Units.Bytes(machine.MemoryBytes)}, {machine.System}");
        WriteFact("Kernel", machine.Kernel);
        WriteFact("Runtime", $"{machine.Runtime}, {machine.Configuration}");
        WriteFact("Server", $"{_comparison.Server}; {pinned}");
        foreach (ArmInfo arm in _comparison.Arms)
        {
            string environment = string.Concat(arm.Environment.Select(variable => $"; {variable.Key}={variable.Value}"));
            WriteFact(arm.Name, $"{arm.Title}: {arm.Capabilities ?? arm.Backend}{environment}");
        }

        Line("</dl></section>");
    }

    private void WriteFact(string name, string value) => Line($"<dt>{Escape(name)}</dt><dd>{Escape(value)}</dd>");

    private string ClassOf(ArmInfo arm) => arm switch
    {
        { Kind: ArmKind.Ours } => "ours",
        { Kind: ArmKind.Limit } => BarChart.LimitKind,
        _ => arm.Name == _comparison.Baseline ? "baseline" : "other",
    };

    private void Line(string html) => _html.Append(html).Append('\n');

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
