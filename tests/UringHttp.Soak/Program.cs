using System.CommandLine;
using System.CommandLine.Parsing;

namespace UringHttp.Soak;

internal static class Program
{
    private const int Failed = 1;
    private const int Misused = 2;
    private const int Interrupted = 130;

    private static readonly TimeSpan s_cleanUpWithin = TimeSpan.FromSeconds(30);

    public static async Task<int> Main(string[] arguments)
    {
        ParseResult parsed = CommandLine.Build(SoakAsync).Parse(arguments);
        foreach (ParseError error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        return parsed.Errors.Count > 0
            ? Misused
            : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = s_cleanUpWithin });
    }

    private static async Task<int> SoakAsync(SoakOptions options, CancellationToken cancellation)
    {
        SoakReport report;
        try
        {
            report = await new SoakRun(options, Console.Out).RunAsync(cancellation);
        }
        catch (PlatformNotSupportedException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message} Name another backend by --backends.");
            return Misused;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Interrupted. Nothing was written.");
            return Interrupted;
        }

        JsonReport.Write(report, options.ReportPath + ".json");
        HtmlReport.Write(report, options.ReportPath + ".html");
        Console.WriteLine($"Written: {options.ReportPath}.json and {options.ReportPath}.html");
        foreach (string failure in report.Failures)
        {
            Console.WriteLine($"FAILED: {failure}");
        }

        Console.WriteLine(report.Summary);
        return report.Failures.Count == 0 ? 0 : Failed;
    }
}
