using Spectre.Console;

namespace UringHttp.Compare;

/// <summary>Draws how a run goes on; a terminal gets bars, anything else a line now and then.</summary>
internal sealed class ConsoleProgress : IRunObserver
{
    private readonly IAnsiConsole _console;
    private readonly ProgressContext _context;
    private readonly Dictionary<string, ProgressTask> _rows;
    private ProgressTask? _row;
    private string _rowTitle = string.Empty;

    private ConsoleProgress(IAnsiConsole console, ProgressContext context, IReadOnlyList<Workload> rows)
    {
        _console = console;
        _context = context;
        _rows = rows.ToDictionary(row => row.Name, row => context.AddTask(row.Title, autoStart: false));
    }

    public static Task<T> ShowAsync<T>(IAnsiConsole console, IReadOnlyList<Workload> rows, Func<IRunObserver, Task<T>> run) => console
        .Progress()
        .AutoRefresh(false) // no timer that draws during a round
        .Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn { Width = 24 },
            new PercentageColumn(),
            new ElapsedTimeColumn())
        .StartAsync(context => run(new ConsoleProgress(console, context, rows)));

    public void RunStarts(string server, CorePlan cores, ArmFleet fleet)
    {
        _console.MarkupLineInterpolated($"Server [bold]{server}[/] on 127.0.0.1; {cores}.");
        foreach (ArmProcess arm in fleet.Arms)
        {
            ArmInfo info = arm.Describe();
            _console.MarkupLineInterpolated($"Arm [bold]{info.Name}[/]: {info.Title}; {info.Capabilities ?? info.Backend}.");
        }

        foreach (UnavailableArm arm in fleet.Unavailable)
        {
            _console.MarkupLineInterpolated($"[yellow]Without the arm {arm.Name}:[/] {arm.Reason}");
        }
    }

    public void RowStarts(Workload workload, int steps)
    {
        _rowTitle = workload.Title;
        _row = _rows[workload.Name];
        _row.MaxValue = steps;
        _row.StartTask();
    }

    public void StepStarts(string what)
    {
        _row!.Description = Markup.Escape($"{_rowTitle}: {what}");
        _context.Refresh();
    }

    public void StepEnds()
    {
        _row!.Increment(1);
        if (_row.IsFinished)
        {
            _row.Description = Markup.Escape(_rowTitle);
            _context.Refresh();
        }
    }
}
