using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using UringHttp.Compare;

namespace UringHttp.Soak;

/// <summary>What a person may write after the program's name, and the verb by which it starts its server.</summary>
internal static class CommandLine
{
    private const double DefaultMinutes = 2;
    private const double MostMinutes = 7 * 24 * 60;
    private const long DefaultLongBody = (4L * 1024 * 1024 * 1024) + 11; // no multiple of anything

    public static RootCommand Build(Func<SoakOptions, CancellationToken, Task<int>> soak)
    {
        var minutes = new Option<double?>("--minutes")
        {
            Description = $"How long, a fraction if need be. Default {DefaultMinutes}.",
            CustomParser = argument => ParseNumber<double>(argument, "--minutes", 0.01, MostMinutes),
        };
        var backends = new Option<string>("--backends") { Description = "io_uring, epoll, or both, which is the default." };
        backends.AcceptOnlyFromAmong("both", "io_uring", "epoll");
        var seed = new Option<int?>("--seed")
        {
            Description = "What the requests are drawn by. Default: another each time. The threads' turns are drawn by nobody.",
            CustomParser = argument => ParseNumber(argument, "--seed", 0, int.MaxValue),
        };
        var longBody = new Option<long?>("--long-body")
        {
            Description = $"Bytes of the long bodies. Default {DefaultLongBody}.",
            CustomParser = argument => ParseNumber(argument, "--long-body", 1, long.MaxValue),
        };
        var report = new Option<string?>("--report") { Description = "Where the report goes, without .json. Default artifacts/soak." };
        var keep = new Option<bool>("--keep") { Description = "The report goes to benchmarks/results/soak, to be checked in." };
        var root = new RootCommand(
            "Loads both backends with mixed requests, cancels, faults and TLS, checks each answer, and tells whether what the process "
            + "holds stays flat and comes back to nothing.")
        {
            minutes, backends, seed, longBody, report, keep,
        };
        root.SetAction((parsed, cancellation) => soak(
            new SoakOptions
            {
                Duration = TimeSpan.FromMinutes(parsed.GetValue(minutes) ?? DefaultMinutes),
                Backends = parsed.GetValue(backends) switch
                {
                    "io_uring" => [UringBackend.IoUring],
                    "epoll" => [UringBackend.Epoll],
                    _ => [UringBackend.IoUring, UringBackend.Epoll],
                },
                Seed = parsed.GetValue(seed) ?? Random.Shared.Next(),
                LongBodyBytes = parsed.GetValue(longBody) ?? DefaultLongBody,
                ReportPath = parsed.GetValue(report)
                    ?? Path.Combine(RepositoryRoot.Find(), parsed.GetValue(keep) ? "benchmarks/results/soak" : "artifacts/soak"),
            },
            cancellation));
        var server = new Command(ServerProcess.Verb, "The server; ends when its standard input does.") { Hidden = true };
        server.SetAction((_, cancellation) => ServerProcess.ServeAsync(Console.In, Console.Out, cancellation));
        root.Add(server);
        return root;
    }

    private static T? ParseNumber<T>(ArgumentResult argument, string option, T least, T most)
        where T : struct, IParsable<T>, IComparable<T>
    {
        string text = argument.Tokens[0].Value;
        if (T.TryParse(text, CultureInfo.InvariantCulture, out T value) && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0)
        {
            return value;
        }

        argument.AddError($"{option} must be {least} to {most}, not '{text}'.");
        return null;
    }
}
