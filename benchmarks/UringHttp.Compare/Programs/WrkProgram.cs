using System.Text.Json;

namespace UringHttp.Compare;

/// <summary>wrk on one thread: a load generator in C on epoll. A script has it write its figures as ours are.</summary>
internal sealed class WrkProgram : IClientProgram
{
    private const string Name = "wrk";

    public string Backend => "epoll";

    public bool Serves(Workload row) => row is { Round.Requests: 0, RequestsPerSecond: 0, IdleConnections: 0, Sink: BodySink.Discard };

    public string? DescribeMissing() => ProgramFile.Find(Name) is null ? ProgramFile.DescribeMissing(Name) : null;

    /// <summary>It counts in whole seconds.</summary>
    public IReadOnlyList<string> CommandFor(RoundCommand round, RoundLimit limit)
    {
        int seconds = Math.Max(1, (int)Math.Round(limit.Seconds));
        return [Name, "-t1", $"-c{round.Concurrency}", $"-d{seconds}s", "-s", ScriptFile.Find("wrk_report.lua"), round.Url];
    }

    public RoundResult Read(string output, RoundCommand round, ProgramUse use)
    {
        // Its own words come first; the script's line is the last.
        string line = output.TrimEnd().Split('\n')[^1];
        RoundResult result = JsonSerializer.Deserialize(line, ProtocolJson.Default.RoundResult)!;
        bool isShort = result.BodyBytes < result.Requests * round.BodyLength; // heads are counted with the bodies
        return result with
        {
            BodyBytes = result.Requests * round.BodyLength,
            UserCpuSeconds = use.UserCpuSeconds,
            SystemCpuSeconds = use.SystemCpuSeconds,
            Errors = result.Errors + (isShort ? 1 : 0),
            FirstError = isShort || result.Errors > 0 ? $"wrk counts {result.Errors} errors, {result.BodyBytes} bytes" : null,
        };
    }
}
