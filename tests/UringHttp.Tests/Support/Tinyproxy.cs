using System.Net;

namespace UringHttp.Tests.Support;

/// <summary>tinyproxy on the loopback: an HTTP proxy, forwarding and CONNECT, that wants credentials (Basic).</summary>
internal sealed class Tinyproxy : IDisposable
{
    private readonly PeerProcess _process = PeerProcess.Start("tinyproxy", "tinyproxy", (folder, port) =>
    {
        string configuration = Path.Combine(folder, "tinyproxy.conf");
        File.WriteAllText(configuration, $"""
            Port {port}
            Listen 127.0.0.1
            Timeout 60
            MaxClients 200
            LogLevel Error
            BasicAuth {Credentials.UserName} {Credentials.Password}

            """);
        return ["-d", "-c", configuration];
    });

    /// <summary>Those that it lets through.</summary>
    internal static NetworkCredential Credentials { get; } = new("me", "secret");

    internal Uri Uri => new($"http://127.0.0.1:{_process.Port}/");

    public void Dispose() => _process.Dispose();
}
