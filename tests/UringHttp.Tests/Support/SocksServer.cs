using System.Net;

namespace UringHttp.Tests.Support;

/// <summary>A SOCKS server on the loopback.</summary>
internal sealed class SocksServer : IDisposable
{
    private readonly PeerProcess _process;

    private SocksServer(PeerProcess process) => _process = process;

    /// <summary>Those that the server lets through which wants any.</summary>
    internal static NetworkCredential Credentials { get; } = new("me", "secret");

    internal int Port => _process.Port;

    /// <summary>Dante: versions 4 and 5, without credentials. (Names in version 4a it takes for addresses.)</summary>
    internal static SocksServer StartOpen() => new(PeerProcess.Start("danted", "dante-server", (folder, port) =>
    {
        // Only root may change to another user, and must say to whom.
        string users = Environment.IsPrivilegedProcess ? "user.privileged: root\nuser.unprivileged: nobody" : string.Empty;
        string configuration = Path.Combine(folder, "danted.conf");
        File.WriteAllText(configuration, $$"""
            logoutput: stderr
            internal: 127.0.0.1 port = {{port}}
            external: lo
            clientmethod: none
            socksmethod: none
            {{users}}
            client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 log: error }
            socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 log: error }

            """);
        return ["-f", configuration, "-p", Path.Combine(folder, "danted.pid")];
    }));

    /// <summary>microsocks: version 5, with a user and a password of its own.</summary>
    internal static SocksServer StartClosed() => new(PeerProcess.Start(
        "microsocks",
        "microsocks",
        (_, port) => ["-i", "127.0.0.1", "-p", $"{port}", "-u", Credentials.UserName, "-P", Credentials.Password]));

    public void Dispose() => _process.Dispose();
}
