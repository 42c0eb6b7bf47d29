using System.Text.Json;

namespace UringHttp.Compare;

/// <summary>An arm as the orchestrator sees it: a process that runs one round when told to.</summary>
internal sealed class ArmProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_readyWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_roundWithin = TimeSpan.FromMinutes(2);

    private readonly ChildProcess? _process;
    private ClientReady? _ready;

    private ArmProcess(Arm arm, ChildProcess? process)
    {
        Arm = arm;
        _process = process;
    }

    public Arm Arm { get; }

    /// <summary>Why this machine cannot run the arm; null when it can.</summary>
    public string? Unavailable => _ready!.Unavailable;

    public static async Task<ArmProcess> StartAsync(Arm arm, int? core, CancellationToken cancellation)
    {
        if (arm.Command is { } command && ProgramFile.Find(command[0]) is null)
        {
            return new ArmProcess(arm, null) { _ready = new ClientReady("none", null, ProgramFile.DescribeMissing(command[0])) };
        }

        ChildProcess child = arm.Command is null
            ? ChildProcess.StartSelf($"The arm {arm.Name}", core, ["client", arm.Name], arm.Environment)
            : ChildProcess.Start($"The arm {arm.Name}", core, arm.Command, arm.Environment);
        var process = new ArmProcess(arm, child);
        try
        {
            string line = await child.ReadLineAsync(s_readyWithin, cancellation);
            process._ready = JsonSerializer.Deserialize(line, ProtocolJson.Default.ClientReady)!;
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one round of a row, or gets warm for it when the command has no limit.</summary>
    /// <exception cref="CompareException">There was an error: a run with an error is no run.</exception>
    public async Task<RoundResult> RunAsync(RoundCommand command, CancellationToken cancellation)
    {
        await _process!.WriteLineAsync(JsonSerializer.Serialize(command, ProtocolJson.Default.RoundCommand), cancellation);
        string line = await _process.ReadLineAsync(s_roundWithin, cancellation);
        RoundResult result = JsonSerializer.Deserialize(line, ProtocolJson.Default.RoundResult)!;
        if (result.Errors > 0 || result.Requests == 0)
        {
            string what = result.FirstError ?? "not one request was finished";
            throw new CompareException($"The arm {Arm.Name} failed at {command.Row} ({result.Errors} errors): {what}");
        }

        return result;
    }

    public ArmInfo Describe() => new()
    {
        Name = Arm.Name,
        Title = Arm.Title,
        Kind = Arm.Kind,
        Backend = _ready!.Backend,
        Capabilities = _ready.Capabilities,
        Environment = Arm.Environment,
    };

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
