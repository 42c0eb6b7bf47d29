using System.Diagnostics;
using System.Globalization;

namespace UringHttp.Simulation;

/// <summary>
/// Runs seeds from the command line: --seeds=N from --first=S on (default: by the clock), or one --seed=S with its trace, on --workers=N
/// threads; --torture=N makes each call of N seeds fail in turn; --brief leaves out the trace.
/// </summary>
internal sealed class Runner(string[] arguments)
{
    private const int Failed = 1;
    private const int Misused = 2;

    private static readonly string[] s_numbers = ["seeds", "first", "seed", "call", "workers", "torture"];

    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>0 when all holds, 1 when a seed fails, 2 when the arguments are wrong.</summary>
    public int Run()
    {
        if (arguments.FirstOrDefault(argument => !IsKnown(argument)) is { } wrong)
        {
            Console.Error.WriteLine(
                $"{wrong} is no argument of the simulation: it takes --brief, and with a number of 0 or more, as in --seeds=20000, "
                + string.Join(", ", s_numbers.Select(name => $"--{name}")) + ".");
            return Misused;
        }

        if (Number("seed") is { } seed)
        {
            return Replay((ulong)seed, (int)(Number("call") ?? 0));
        }

        if (Number("torture") is { } count)
        {
            return Tell(new SeedSeries(First(), count, isTorture: true));
        }

        return Tell(new SeedSeries(First(), Number("seeds") ?? 20_000));
    }

    private ulong First() => (ulong)(Number("first") ?? Stopwatch.GetTimestamp());

    private int Tell(SeedSeries series)
    {
        Console.WriteLine($"seeds from {series.First} on");
        series.Run((int)(Number("workers") ?? Environment.ProcessorCount), Progress);
        Console.WriteLine(series.Summarize(_watch.Elapsed));
        if (series.Failure is not { } failure)
        {
            Console.WriteLine("none failed");
            return 0;
        }

        Console.WriteLine($"seed {failure.Seed} fails, the {series.Done:N0}th: {failure.Violation}");
        return HasFlag("brief") ? Failed : Replay(failure.Seed, series.FailingCall);
    }

    private void Progress(SeedSeries series)
    {
        double seconds = _watch.Elapsed.TotalSeconds;
        Console.WriteLine(
            $"{seconds,7:0.0} s {series.Done,12:N0} seeds ({series.Done / seconds:N0}/s) {series.Requests,12:N0} requests, "
            + $"{series.Answered:N0} answered, {series.Struck.Sum():N0} faults");
    }

    private static int Replay(ulong seed, int failingCall)
    {
        var settings = new RunSettings(seed) { FailingCall = failingCall };
        RunResult whole = new SimulationRun(settings).Run();
        if (whole.Violation is null)
        {
            Console.WriteLine($"seed {seed} holds: {whole.Requests} requests, {whole.Answered} answered, {whole.Enters} enters");
            return 0;
        }

        RunSettings shrunk = Shrinker.Shrink(settings);
        RunResult result = new SimulationRun(shrunk with { IsTraced = true }).Run();
        foreach (string line in result.Trace)
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"seed {seed}{(failingCall > 0 ? $" --call={failingCall}" : "")}: {whole.Violation}");
        Console.WriteLine($"shrunk to {result.Requests} of {whole.Requests} requests: {result.Violation}");
        return Failed;
    }

    private static bool IsKnown(string argument) => argument == "--brief"
        || s_numbers.Any(name => argument.StartsWith($"--{name}=", StringComparison.Ordinal)
            && long.TryParse(argument.AsSpan(name.Length + 3), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private bool HasFlag(string name) => arguments.Contains("--" + name);

    private long? Number(string name) => arguments.FirstOrDefault(argument => argument.StartsWith($"--{name}=", StringComparison.Ordinal))
        is { } found ? long.Parse(found[(name.Length + 3)..], CultureInfo.InvariantCulture) : null;
}
