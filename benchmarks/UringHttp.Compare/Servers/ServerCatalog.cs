namespace UringHttp.Compare;

/// <summary>The servers by name, and the one to take when none is named.</summary>
internal static class ServerCatalog
{
    public const string Nginx = "nginx";
    public const string Kestrel = "kestrel";

    public static IReadOnlyList<string> Names { get; } = [Nginx, Kestrel];

    /// <summary>nginx where it is installed: it costs less than Kestrel, so the clients are the limit in more rows.</summary>
    public static string Default => NginxServer.FindProgram() is null ? Kestrel : Nginx;

    public static IServerHost Open(string name) => name == Nginx ? new NginxServer() : new KestrelServer();
}
