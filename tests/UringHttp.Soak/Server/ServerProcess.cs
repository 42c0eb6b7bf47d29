using System.Diagnostics;

namespace UringHttp.Soak;

/// <summary>
/// The server as a process of its own, so that what this process holds is the client's. It ends with its standard input, which it also
/// sees when this process dies in whatever way.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The verb that makes this program the server.</summary>
    public const string Verb = "server";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private bool _mayEnd;

    private ServerProcess(Process process, ServerAddress address, Action<string> onTrouble)
    {
        _process = process;
        Address = address;
        _ = ReadComplaintsAsync(onTrouble);
    }

    public ServerAddress Address { get; }

    /// <summary>Starts it, and returns when it listens. From then on it is told at once when it complains or ends.</summary>
    public static async Task<ServerProcess> StartAsync(Action<string> onTrouble, CancellationToken cancellation)
    {
        string program = Path.ChangeExtension(typeof(ServerProcess).Assembly.Location, ".dll");
        var start = new ProcessStartInfo(FindDotnet(), [program, Verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(s_patience, cancellation);
        return line is null
            ? throw new SoakException("The server has ended before it listened.")
            : new ServerProcess(process, ServerAddress.Parse(line), onTrouble);
    }

    /// <summary>The server's own side: says where it listens, and then each complaint on a line.</summary>
    public static async Task<int> ServeAsync(TextReader input, TextWriter output, CancellationToken cancellation)
    {
        using var server = new SoakServer(complaint =>
        {
            lock (output)
            {
                output.WriteLine(complaint);
            }
        });
        await output.WriteLineAsync(server.Address.Line.AsMemory(), cancellation);
        while (await input.ReadLineAsync(cancellation) is not null)
        {
        }

        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _mayEnd, true);
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string FindDotnet() => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : "dotnet"; // this was started as a program of its own

    private async Task ReadComplaintsAsync(Action<string> onTrouble)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } complaint)
        {
            onTrouble(complaint);
        }

        if (!Volatile.Read(ref _mayEnd))
        {
            onTrouble("The server's process has ended.");
        }
    }
}
