using System.Diagnostics;
using System.Net.Sockets;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>
/// An nginx with a master and two workers, in a network of its own, that can be stopped, killed, reloaded and paused. It serves files,
/// and keeps what is put.
/// </summary>
internal sealed class FaultServer : IDisposable
{
    private const int Port = 8080;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uringhttp-faults-");
    private readonly NetworkNamespace _network;
    private Process? _master;

    private FaultServer(NetworkNamespace network)
    {
        _network = network;
        Uri = new Uri($"http://{network.Address}:{Port}/");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "files", "put"));
        File.WriteAllText(Configuration, Text);
        foreach (int length in Lengths)
        {
            byte[] bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            Files.Add($"{length}", bytes);
            File.WriteAllBytes(Path.Combine(_folder.FullName, "files", $"{length}"), bytes);
        }
    }

    /// <summary>A file that is far longer than what a client reads with the head: who goes no further keeps its connection busy.</summary>
    internal const string Long = "1000000";

    /// <summary>One of which few go into a small heap.</summary>
    internal const string Huge = "8000000";

    private static int[] Lengths => [0, 1, 200, 10_240, 300_000, 1_000_000, 8_000_000];

    internal Uri Uri { get; }

    /// <summary>What is served, by name: at /NAME, at /chunked/NAME, and slowly at /slow/NAME.</summary>
    internal Dictionary<string, byte[]> Files { get; } = [];

    private string Configuration => Path.Combine(_folder.FullName, "nginx.conf");

    /// <summary>Starts one; skips the test where there is no nginx.</summary>
    internal static FaultServer Start(NetworkNamespace network)
    {
        _ = Requirement.Program("nginx", "nginx");
        var server = new FaultServer(network);
        try
        {
            server.Start();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    internal Uri At(string path) => new(Uri, path);

    /// <summary>What was put at /put/NAME.</summary>
    internal byte[] ReadPut(string name) => File.ReadAllBytes(Path.Combine(_folder.FullName, "files", "put", name));

    /// <summary>Starts it again on the same port.</summary>
    internal void Start()
    {
        string nginx = Requirement.Program("nginx", "nginx");
        string[] arguments = ["netns", "exec", _network.Name, nginx, "-p", _folder.FullName, "-c", Configuration, "-e", "error.log"];
        _master = Process.Start(Tool.Ip.Path, arguments);
        var end = Stopwatch.StartNew();
        while (!Listens())
        {
            if (_master.HasExited || end.Elapsed > Patience.Limit)
            {
                throw new InvalidOperationException($"nginx does not listen: {ReadLog()}");
            }

            Thread.Yield();
        }
    }

    /// <summary>Ends it at once, as a signal does it: 15 closes what is under way, 9 does not even say so.</summary>
    internal void Stop(int signal = LibC.Terminate)
    {
        if (signal == LibC.Kill)
        {
            Pause(); // so that none of them is gone, or replaced, before its turn
            SignalAll(LibC.Kill);
        }
        else
        {
            LibC.Signal(_master!.Id, signal);
        }

        _master!.WaitForExit();
        _master.Dispose();
        _master = null;
    }

    /// <summary>New workers take over; the old ones finish what they have begun. Ends when the old ones are gone.</summary>
    internal async Task ReloadAsync()
    {
        int[] old = Workers;
        LibC.Signal(_master!.Id, LibC.HangUp);
        await Patience.Until(() => !Workers.Intersect(old).Any());
    }

    /// <summary>Stops its processes where they are: the kernel still accepts connections for them, and nobody answers.</summary>
    internal void Pause() => SignalAll(LibC.Stop);

    /// <summary>Lets it go on.</summary>
    internal void Resume() => SignalAll(LibC.Continue);

    public void Dispose()
    {
        if (_master is not null)
        {
            Stop(LibC.Kill);
        }

        _folder.Delete(recursive: true);
    }

    private int[] Workers =>
    [
        .. File.ReadAllText($"/proc/{_master!.Id}/task/{_master.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse),
    ];

    private void SignalAll(int signal)
    {
        foreach (int process in (int[])[_master!.Id, .. Workers])
        {
            LibC.Signal(process, signal);
        }
    }

    private bool Listens()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(_network.Address, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string ReadLog()
    {
        string log = Path.Combine(_folder.FullName, "error.log");
        return File.Exists(log) ? File.ReadAllText(log) : "it says nothing";
    }

    private static string Text => $$"""
        daemon off;
        user root;
        worker_processes 2;
        pid nginx.pid;
        error_log error.log error;
        events { worker_connections 1024; }
        http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            keepalive_requests 50;
            server {
                listen {{Port}} backlog=511;
                root files;
                location /chunked/ { alias files/; add_trailer X-Sum $uri; }
                location /slow/ { alias files/; limit_rate 400k; }
                location /put/ { dav_methods PUT; client_max_body_size 10m; }
            }
        }
        """;
}
