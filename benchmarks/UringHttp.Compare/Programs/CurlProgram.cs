using System.Globalization;

namespace UringHttp.Compare;

/// <summary>curl, many URLs in parallel, in one process. What it costs to start is in the figures.</summary>
internal sealed class CurlProgram : IClientProgram
{
    private const string Name = "curl";
    private const int MostParallel = 300;
    private const int SmallBodies = 2000;
    private const int LargeBodies = 400;
    private const int LargeBody = 1024 * 1024;

    public string Backend => "poll (libcurl)";

    public bool Serves(Workload row) =>
        row is { Concurrency: <= MostParallel, RequestsPerSecond: 0, IdleConnections: 0, Sink: not BodySink.Buffers };

    public string? DescribeMissing() => ProgramFile.Find(Name) is null ? ProgramFile.DescribeMissing(Name) : null;

    /// <summary>It knows no time, so a round of a time is one of a number.</summary>
    public IReadOnlyList<string> CommandFor(RoundCommand round, RoundLimit limit)
    {
        long requests = limit.Requests > 0 ? limit.Requests : round.BodyLength < LargeBody ? SmallBodies : LargeBodies;
        string target = round.Sink == BodySink.Files ? Path.Combine(round.Directory, "#1") : "/dev/null";
        return
        [
            Name, "-Z", "--parallel-max", round.Concurrency.ToString(CultureInfo.InvariantCulture), "--no-progress-meter",
            "-w", "%{http_code} %{size_download} %{time_total}\n", "-o", target, $"{round.Url}?[1-{requests}]",
        ];
    }

    public RoundResult Read(string output, RoundCommand round, ProgramUse use)
    {
        string[][] answers = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        var latency = new LatencyHistogram();
        foreach (string[] answer in answers)
        {
            latency.Record((long)(double.Parse(answer[2], CultureInfo.InvariantCulture) * 1e9));
        }

        string length = round.BodyLength.ToString(CultureInfo.InvariantCulture);
        string[]? wrong = answers.FirstOrDefault(answer => answer[0] != "200" || answer[1] != length);
        return new RoundResult
        {
            Requests = answers.Length,
            BodyBytes = (long)answers.Length * round.BodyLength,
            ComparedBytes = 0,
            WallSeconds = use.WallSeconds,
            UserCpuSeconds = use.UserCpuSeconds,
            SystemCpuSeconds = use.SystemCpuSeconds,
            AllocatedBytes = 0,
            Collections = [],
            CompilationSeconds = 0,
            PeakMemoryBytes = 0,
            Latency = latency.Summarize(),
            Errors = wrong is null ? 0 : 1,
            FirstError = wrong is null ? null : $"status {wrong[0]}, {wrong[1]} bytes",
        };
    }
}
