namespace UringHttp.Tests.Support;

/// <summary>A real nginx on the loopback, with files of its own, for as long as a fixture needs it.</summary>
internal sealed class Nginx : IDisposable
{
    private readonly PeerProcess _process;

    private Nginx(string locations, string? tls)
    {
        IsSecure = tls is not null;
        _process = PeerProcess.Start("nginx", "nginx", (folder, port) =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "files"));
            TestCertificate.WritePem(TestCertificate.Localhost, folder);
            string configuration = Path.Combine(folder, "nginx.conf");
            File.WriteAllText(configuration, Configure(port, locations, tls));
            return ["-p", folder, "-c", configuration, "-e", "stderr"];
        });
    }

    internal int Port => _process.Port;

    internal bool IsSecure { get; }

    internal Uri Uri => new(IsSecure ? $"https://localhost:{Port}/" : $"http://127.0.0.1:{Port}/");

    /// <summary>Starts one.</summary>
    /// <param name="locations">Goes into the server's block.</param>
    /// <param name="tls">More for a server that speaks TLS, beside its certificate; null for one that does not.</param>
    internal static Nginx Start(string locations, string? tls = null) =>
        new(locations, tls is null ? null : $"ssl_certificate cert.pem; ssl_certificate_key key.pem; {tls}");

    /// <summary>Puts a file where nginx serves it, and gives its bytes.</summary>
    internal byte[] AddFile(string name, int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(_process.Folder, "files", name), bytes);
        return bytes;
    }

    public void Dispose() => _process.Dispose();

    private static string Configure(int port, string locations, string? tls) => $$"""
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
                listen 127.0.0.1:{{port}} {{(tls is null ? string.Empty : "ssl")}};
                {{tls}}
                root files;
                {{locations}}
            }
        }
        """;
}
