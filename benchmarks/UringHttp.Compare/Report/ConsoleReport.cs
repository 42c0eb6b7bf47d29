using Spectre.Console;

namespace UringHttp.Compare;

/// <summary>The comparison as a table in a terminal.</summary>
internal static class ConsoleReport
{
    private static readonly string[] s_columns =
        ["CPU per request (min–max)", "ratio", "to limit", "requests/s", "p50", "p99", "B/request", "peak RSS"];

    public static void Write(IAnsiConsole console, Comparison comparison)
    {
        var arms = comparison.Arms.ToDictionary(arm => arm.Name);
        var table = new Table { Border = TableBorder.Rounded, ShowRowSeparators = false };
        table.AddColumn(new TableColumn("Arm"));
        foreach (string column in s_columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap());
        }

        foreach (RowResult row in comparison.Rows)
        {
            if (table.Rows.Count > 0)
            {
                table.AddEmptyRow();
            }

            table.AddRow(new Markup($"[bold]{Markup.Escape(row.Title)}[/]"));
            foreach (ArmResult arm in row.Arms)
            {
                table.AddRow(CellsOf(arm, arms[arm.Arm]));
            }
        }

        console.WriteLine();
        console.Write(table);
        WriteIdle(console, comparison, arms);
        foreach (string remark in Remarks.About(comparison))
        {
            console.MarkupLineInterpolated($"[grey]{remark}[/]");
        }

        MachineInfo machine = comparison.Machine;
        string where = $"{machine.Processor}, {machine.Cores} cores, Linux {machine.Kernel}, {machine.Runtime}";
        console.MarkupLineInterpolated($"[grey]{where}; commit {comparison.Commit.Short}; took {comparison.WallSeconds:0} s.[/]");
    }

    private static void WriteIdle(IAnsiConsole console, Comparison comparison, Dictionary<string, ArmInfo> arms)
    {
        foreach (ArmResult arm in comparison.Rows.SelectMany(row => row.Arms).Where(arm => arm.Idle is not null))
        {
            IdleCost cost = arm.Idle!;
            string managed = cost.ManagedBytes == 0 ? string.Empty : $", {Units.Bytes(cost.ManagedBytes)} managed";
            string what = $"{Units.Bytes(cost.ResidentBytes)} resident{managed}, {cost.Descriptors:0.##} files";
            console.MarkupLineInterpolated($"An idle connection, {arms[arm.Arm].Title}: {what}.");
        }
    }

    private static Markup[] CellsOf(ArmResult arm, ArmInfo info)
    {
        string mark = arm.IsServerBound ? "*" : string.Empty;
        string color = arm.Verdict switch { Verdict.Better => "green", Verdict.Worse => "red", _ => "default" };
        return
        [
            new Markup((info.Kind == ArmKind.Ours ? "  [bold]" : "  [default]") + Markup.Escape(info.Title) + "[/]"),
            new Markup(Units.Duration(arm.CpuMicrosecondsPerRequest)),
            new Markup($"[{color}]{Units.Ratio(arm.CpuRatio.Median)}[/]"),
            new Markup(arm.LimitRatio is { } limit ? Units.Ratio(limit.Median) : Units.Unknown),
            new Markup(Units.Count(arm.RequestsPerSecond.Median) + mark),
            new Markup(Units.Duration(arm.LatencyMicroseconds.P50)),
            new Markup(Units.Duration(arm.LatencyMicroseconds.P99)),
            new Markup(Units.BytesOrUnknown(arm.AllocatedBytesPerRequest)),
            new Markup(Units.BytesOrUnknown(arm.PeakMemoryBytes)),
        ];
    }
}
