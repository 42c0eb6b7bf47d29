using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Compare;

/// <summary>nginx with one worker, serving files from memory.</summary>
internal sealed class NginxServer : IServerHost
{
    private const string Name = "nginx";

    public static string? FindProgram() => ProgramFile.Find(Name);

    public async Task RunAsync(ServerPlan plan, CancellationToken end)
    {
        string program = FindProgram() ?? throw new CompareException("nginx is not installed. Use --server kestrel.");
        foreach (Workload workload in WorkloadCatalog.All.DistinctBy(row => row.Path))
        {
            plan.Directory.WriteBody(workload.Path, new BodyPattern(workload.BodyLength));
        }

        File.WriteAllText(Path.Combine(plan.Directory.Root, "nginx.conf"), Configure(plan));
        using Socket plain = ServerSocket.Open(new IPEndPoint(IPAddress.Loopback, plan.Port), listens: true);
        using Socket https = ServerSocket.Open(new IPEndPoint(IPAddress.Loopback, plan.HttpsPort), listens: true);
        await RunAsync(program, plan.Directory.Root, [plain, https], end);
    }

    private static async Task RunAsync(string program, string directory, Socket[] sockets, CancellationToken end)
    {
        var start = new ProcessStartInfo(program, ["-p", directory, "-c", "nginx.conf", "-e", "stderr"]) { RedirectStandardInput = true };

        // As when one nginx replaces another: it takes the listening sockets over instead of making its own.
        start.Environment["NGINX"] = string.Concat(sockets.Select(socket => $"{ServerSocket.MakeInheritable(socket)};"));
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

    private static string Configure(ServerPlan plan) =>
        $$"""
        daemon off;
        worker_processes 1;
        pid {{plan.Directory.Root}}/nginx.pid;
        error_log stderr error;
        events {
            worker_connections 18000;
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
            client_body_temp_path {{plan.Directory.Root}}/client;
            proxy_temp_path {{plan.Directory.Root}}/proxy;
            fastcgi_temp_path {{plan.Directory.Root}}/fastcgi;
            uwsgi_temp_path {{plan.Directory.Root}}/uwsgi;
            scgi_temp_path {{plan.Directory.Root}}/scgi;
            ssl_certificate {{plan.Directory.Certificate}};
            ssl_certificate_key {{plan.Directory.Key}};
            ssl_protocols TLSv1.3;
            server {
                listen 127.0.0.1:{{plan.Port}};
                listen 127.0.0.1:{{plan.HttpsPort}} ssl;
                root {{plan.Directory.Bodies}};
            }
        }

        """;
}
