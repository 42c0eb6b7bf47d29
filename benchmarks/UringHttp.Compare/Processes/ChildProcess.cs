using System.Diagnostics;

namespace UringHttp.Compare;

/// <summary>
/// This program, started again with another verb, or another program, spoken to in lines. It is told to end by the end of its input,
/// which it also sees when this process dies in whatever way, and it is killed when it does not listen.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MostErrorLines = 40;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly string _name;
    private readonly Queue<string> _errors = new();

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        _process.ErrorDataReceived += (_, line) => KeepError(line.Data);
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a verb of this program, pinned to a core unless that is null. Messages call it by the name.</summary>
    public static ChildProcess StartSelf(
        string name, int? core, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, typeof(ChildProcess).Assembly.Location] // started as `dotnet UringHttp.Compare.dll`
            : [program];
        return Start(name, core, [.. self, .. arguments], environment);
    }

    /// <summary>Starts another program; as above.</summary>
    public static ChildProcess Start(
        string name, int? core, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ChildEnvironment.Apply(start.Environment, environment);
        return new ChildProcess(CpuAffinity.RunOn(core, () => Process.Start(start)!), name);
    }

    public async Task WriteLineAsync(string line, CancellationToken cancellation)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellation);
            await _process.StandardInput.FlushAsync(cancellation);
        }
        catch (IOException)
        {
            throw await EndedAsync();
        }
    }

    /// <exception cref="CompareException">It has ended, or the patience has.</exception>
    public async Task<string> ReadLineAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        try
        {
            return await _process.StandardOutput.ReadLineAsync(deadline.Token) ?? throw await EndedAsync();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CompareException($"{_name} has not answered for {patience.TotalSeconds:0} seconds.{ErrorText()}");
        }
    }

    /// <summary>What it has written to standard error, on lines of their own; empty when that is nothing.</summary>
    public string ErrorText()
    {
        lock (_errors)
        {
            return _errors.Count == 0 ? string.Empty : Environment.NewLine + string.Join(Environment.NewLine, _errors);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            CloseInput();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_patience);
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }
    }

    private void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read all: then it needs no telling.
        }
    }

    private async Task<CompareException> EndedAsync()
    {
        CloseInput();
        await _process.WaitForExitAsync(); // its standard error is complete only then
        return new CompareException($"{_name} has ended with exit code {_process.ExitCode}.{ErrorText()}");
    }

    private void KeepError(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_errors)
        {
            _errors.Enqueue(line);
            if (_errors.Count > MostErrorLines)
            {
                _errors.Dequeue();
            }
        }
    }
}
