using System.Text.Json;

namespace UringHttp.Compare;

/// <summary>An arm as the orchestrator sees it: a process that runs one round when told to.</summary>
internal sealed class ArmProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_readyWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_roundWithin = TimeSpan.FromMinutes(1);

    private readonly ChildProcess _process;
    private ClientReady? _ready;

    private ArmProcess(Arm arm, ChildProcess process)
    {
        Arm = arm;
        _process = process;
    }

    public Arm Arm { get; }

    /// <summary>Why this machine cannot run the arm; null when it can.</summary>
    public string? Unavailable => _ready!.Unavailable;

    public static async Task<ArmProcess> StartAsync(Arm arm, int? core, CancellationToken cancellation)
    {
        var process = new ArmProcess(arm, ChildProcess.Start($"The arm {arm.Name}", core, ["client", arm.Name], arm.Environment));
        try
        {
            string line = await process._process.ReadLineAsync(s_readyWithin, cancellation);
            process._ready = JsonSerializer.Deserialize(line, ProtocolJson.Default.ClientReady)!;
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one round of a row, or gets warm for it when there is no limit.</summary>
    /// <exception cref="CompareException">There was an error: a run with an error is no run.</exception>
    public async Task<RoundResult> RunAsync(Workload workload, int port, RoundLimit? limit, CancellationToken cancellation)
    {
        var command = new RoundCommand(workload.Name, port, limit);
        await _process.WriteLineAsync(JsonSerializer.Serialize(command, ProtocolJson.Default.RoundCommand), cancellation);
        string line = await _process.ReadLineAsync(s_roundWithin, cancellation);
        RoundResult result = JsonSerializer.Deserialize(line, ProtocolJson.Default.RoundResult)!;
        if (result.Errors > 0 || result.Requests == 0)
        {
            string what = result.FirstError ?? "not one request was finished";
            throw new CompareException($"The arm {Arm.Name} failed at {workload.Title} ({result.Errors} errors): {what}");
        }

        return result;
    }

    public ArmInfo Describe() => new()
    {
        Name = Arm.Name,
        Title = Arm.Title,
        IsOurs = Arm.IsOurs,
        Backend = _ready!.Backend,
        Capabilities = _ready.Capabilities,
        Environment = Arm.Environment,
    };

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
