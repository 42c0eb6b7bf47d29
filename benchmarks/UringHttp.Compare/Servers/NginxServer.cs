using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Compare;

/// <summary>nginx with one worker, serving files from memory out of a directory of its own.</summary>
internal sealed class NginxServer : IServerHost
{
    private const string SharedMemory = "/dev/shm";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Where nginx is, or null. Distributions put it where only root's PATH looks.</summary>
    public static string? FindProgram()
    {
        string[] places = [.. (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':'), "/usr/sbin", "/usr/local/sbin"];
        return places.Select(place => Path.Combine(place, "nginx")).FirstOrDefault(File.Exists);
    }

    public async Task RunAsync(int port, CancellationToken end)
    {
        string program = FindProgram() ?? throw new CompareException("nginx is not installed. Use --server kestrel.");
        string directory = MakeDirectory();
        try
        {
            WriteFiles(directory, port);
            using Socket socket = ServerSocket.Open(new IPEndPoint(IPAddress.Loopback, port), listens: true);
            await RunAsync(program, directory, socket, end);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RunAsync(string program, string directory, Socket socket, CancellationToken end)
    {
        var start = new ProcessStartInfo(program, ["-p", directory, "-c", "nginx.conf", "-e", "stderr"]) { RedirectStandardInput = true };

        // As when one nginx replaces another: it takes the listening socket over instead of making its own.
        start.Environment["NGINX"] = $"{ServerSocket.MakeInheritable(socket)};";
        using Process nginx = Process.Start(start)!;
        try
        {
            await nginx.WaitForExitAsync(end);
            throw new CompareException($"nginx has ended with exit code {nginx.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            nginx.Kill(entireProcessTree: true); // the master and its worker; there is nothing to lose
            await nginx.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static string MakeDirectory()
    {
        string parent = Directory.Exists(SharedMemory) ? SharedMemory : Path.GetTempPath();
        string directory = Path.Combine(parent, $"uringhttp-compare-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory, Readable);
        File.SetUnixFileMode(directory, Readable); // whatever the umask: a worker of root's nginx runs as somebody else
        return directory;
    }

    private static void WriteFiles(string directory, int port)
    {
        foreach (Workload workload in WorkloadCatalog.All)
        {
            string path = Path.Combine(directory, workload.Name);
            using (FileStream file = File.Create(path))
            {
                new BodyPattern(workload.BodyLength).WriteTo(file);
            }

            File.SetUnixFileMode(path, Readable);
        }

        File.WriteAllText(Path.Combine(directory, "nginx.conf"), Configure(directory, port));
    }

    private static string Configure(string directory, int port) =>
        $$"""
        daemon off;
        worker_processes 1;
        pid {{directory}}/nginx.pid;
        error_log stderr warn;
        events {
            worker_connections 4096;
        }
        http {
            access_log off;
            sendfile on;
            tcp_nopush on;
            open_file_cache max=16 inactive=1h;
            open_file_cache_valid 1h;
            keepalive_requests 1000000000;
            keepalive_timeout 1h;
            default_type application/octet-stream;
            client_body_temp_path {{directory}}/client;
            proxy_temp_path {{directory}}/proxy;
            fastcgi_temp_path {{directory}}/fastcgi;
            uwsgi_temp_path {{directory}}/uwsgi;
            scgi_temp_path {{directory}}/scgi;
            server {
                listen 127.0.0.1:{{port}};
                root {{directory}};
            }
        }

        """;
}
