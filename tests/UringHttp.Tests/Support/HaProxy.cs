namespace UringHttp.Tests.Support;

/// <summary>HAProxy on the loopback as a reverse proxy, for as long as a fixture needs it.</summary>
internal sealed class HaProxy : IDisposable
{
    private readonly PeerProcess _process;
    private readonly bool _isSecure;

    private HaProxy(Uri origin, bool isSecure)
    {
        _isSecure = isSecure;
        _process = PeerProcess.Start("haproxy", "haproxy", (folder, port) =>
        {
            TestCertificate.WritePem(TestCertificate.Localhost, folder);
            File.Move(Path.Combine(folder, "key.pem"), Path.Combine(folder, "cert.pem.key"));
            string configuration = Path.Combine(folder, "haproxy.cfg");
            File.WriteAllText(configuration, Configure(port, origin, isSecure));
            return ["-db", "-f", configuration];
        });
    }

    internal Uri Uri => new(_isSecure ? $"https://localhost:{_process.Port}/" : $"http://127.0.0.1:{_process.Port}/");

    /// <summary>Starts one before an origin.</summary>
    /// <param name="origin">Where its requests go.</param>
    /// <param name="isSecure">Whether it speaks TLS, and would speak HTTP/2.</param>
    internal static HaProxy Start(Uri origin, bool isSecure) => new(origin, isSecure);

    public void Dispose() => _process.Dispose();

    private static string Configure(int port, Uri origin, bool isSecure) => $$"""
        defaults
            mode http
            timeout connect 30s
            timeout client 60s
            timeout server 60s
        frontend front
            bind 127.0.0.1:{{port}} {{(isSecure ? "ssl crt cert.pem alpn h2,http/1.1" : string.Empty)}}
            option forwardfor
            http-request early-hint Link "</style.css>; rel=preload" if { path /bytes/7 }
            http-request deny deny_status 429 if { path /denied }
            http-request redirect location /bytes/5 if { path /redirected }
            use_backend nowhere if { path /nowhere }
            default_backend back
        backend back
            compression algo gzip
            server origin {{origin.Authority}}
        backend nowhere
            server none 127.0.0.1:1

        """;
}
