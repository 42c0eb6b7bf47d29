using System.CommandLine;
using System.CommandLine.Parsing;
using Spectre.Console;

namespace UringHttp.Compare;

internal static class Program
{
    private const int Failed = 1;
    private const int Misused = 2;
    private const int Interrupted = 130;
    private const int WidthOutsideTerminal = 150;

    private static readonly TimeSpan s_cleanUpWithin = TimeSpan.FromSeconds(20);

    public static async Task<int> Main(string[] arguments)
    {
        ParseResult parsed = CommandLine.Build(CompareAsync).Parse(arguments);
        foreach (ParseError error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        return parsed.Errors.Count > 0
            ? Misused
            : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = s_cleanUpWithin });
    }

    private static async Task<int> CompareAsync(CompareOptions options, CancellationToken cancellation)
    {
        IAnsiConsole console = OpenConsole();
        try
        {
            Comparison comparison = await ConsoleProgress.ShowAsync(
                console,
                options.Rows,
                observer => new Orchestrator(options, observer).RunAsync(cancellation));
            ConsoleReport.Write(console, comparison);
            JsonReport.Write(comparison, options.JsonPath, withRounds: true);
            HtmlReport.Write(comparison, options.HtmlPath);
            if (options.Keep)
            {
                string kept = Path.Combine(RepositoryRoot.Find(), "benchmarks", "results", "compare");
                JsonReport.Write(comparison, kept + ".json", withRounds: false);
                HtmlReport.Write(comparison, kept + ".html");
            }

            console.MarkupLineInterpolated($"Written: {options.JsonPath} and {options.HtmlPath}");
            return 0;
        }
        catch (CompareException e)
        {
            console.MarkupLineInterpolated($"[red]Failed.[/] {e.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            console.MarkupLine("[yellow]Interrupted.[/] Nothing was written.");
            return Interrupted;
        }
    }

    private static IAnsiConsole OpenConsole()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        // A file or a log has no colours and no width, and a table broken at 80 is hard to read.
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = WidthOutsideTerminal;
        return console;
    }
}
