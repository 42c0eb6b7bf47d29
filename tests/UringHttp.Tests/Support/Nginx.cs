using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>A real nginx on the loopback, with files of its own, for as long as a fixture needs it.</summary>
internal sealed class Nginx : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("uringhttp-nginx-");
    private readonly Process _process;

    private Nginx(string program, string locations, string? tls)
    {
        Port = TakeFreePort();
        IsSecure = tls is not null;
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "files"));
        string configuration = Path.Combine(_folder.FullName, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr error;
            events { worker_connections 1024; }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                default_type text/plain;
                server {
                    listen 127.0.0.1:{{Port}} {{(IsSecure ? "ssl" : string.Empty)}};
                    {{tls}}
                    root files;
                    {{locations}}
                }
            }
            """);
        TestCertificate.WritePem(TestCertificate.Localhost, _folder.FullName);
        _process = Process.Start(new ProcessStartInfo(program, ["-p", _folder.FullName, "-c", configuration, "-e", "stderr"])
        {
            RedirectStandardError = true,
        })!;
        WaitUntilItListens();
    }

    internal int Port { get; }

    internal bool IsSecure { get; }

    internal Uri Uri => new(IsSecure ? $"https://localhost:{Port}/" : $"http://127.0.0.1:{Port}/");

    /// <summary>Starts one; the test is skipped, with a line that says why, where there is no nginx.</summary>
    /// <param name="locations">Goes into the server's block.</param>
    /// <param name="tls">More for a server that speaks TLS, beside its certificate; null for one that does not.</param>
    internal static Nginx Start(string locations, string? tls = null)
    {
        string? program = new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists);
        if (program is null)
        {
            Assert.Ignore("nginx is not installed: apt-get install nginx");
        }

        return new Nginx(program!, locations, tls is null ? null : $"ssl_certificate cert.pem; ssl_certificate_key key.pem; {tls}");
    }

    /// <summary>Puts a file where nginx serves it, and gives its bytes.</summary>
    internal byte[] AddFile(string name, int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(_folder.FullName, "files", name), bytes);
        return bytes;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int TakeFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private void WaitUntilItListens()
    {
        long end = Environment.TickCount64 + 30_000;
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"nginx ended: {_process.StandardError.ReadToEnd()}");
            }

            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (Environment.TickCount64 < end)
            {
                Thread.Yield();
            }
        }
    }
}
