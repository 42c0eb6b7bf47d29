using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace UringHttp.Compare;

/// <summary>A program of benchmarks/limit. It measures itself, without its start.</summary>
internal sealed class LimitProgram(string name) : IClientProgram
{
    public string Backend => name == "limit_uring" ? "io_uring" : "epoll";

    private string File => Path.Combine(RepositoryRoot.Find(), "artifacts", "limit", name);

    public bool Serves(Workload row) => !row.IsHttps && row.Sink != BodySink.Files;

    public string? DescribeMissing()
    {
        if (!System.IO.File.Exists(File))
        {
            return $"{name} was not built: ./build.sh --target=Native";
        }

        using Process check = Process.Start(new ProcessStartInfo(File, ["check"]) { RedirectStandardError = true })!;
        string error = check.StandardError.ReadToEnd();
        check.WaitForExit();
        return check.ExitCode == 0 ? null : $"this system does not allow it: {error.Trim()}";
    }

    public IReadOnlyList<string> CommandFor(RoundCommand round, RoundLimit limit)
    {
        var url = new Uri(round.Url);
        object[] arguments =
        [
            url.Port, url.AbsolutePath, round.BodyLength, round.Concurrency, limit.Seconds, limit.Requests, round.RequestsPerSecond,
            new Uri(round.IdleUrl).Port, round.IdleConnections, round.Sink == BodySink.Buffers ? "buffers" : "discard",
        ];
        return [File, .. arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!)];
    }

    public RoundResult Read(string output, RoundCommand round, ProgramUse use) =>
        JsonSerializer.Deserialize(output, ProtocolJson.Default.RoundResult)!;
}
