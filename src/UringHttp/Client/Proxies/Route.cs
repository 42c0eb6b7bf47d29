namespace UringHttp;

/// <summary>The way to an origin: straight, or by a proxy. Connections are pooled by it.</summary>
internal readonly record struct Route(Origin Origin, ChosenProxy? Proxy)
{
    private const int SocksPort = 1080;

    /// <summary>Where the connection goes to first.</summary>
    internal Origin FirstHop => Proxy is null
        ? Origin
        : new Origin(Proxy.Uri.Scheme == Uri.UriSchemeHttps, Proxy.Uri.IdnHost, Proxy.Uri.Port > 0 ? Proxy.Uri.Port : SocksPort);

    /// <summary>True when the proxy reads each request and passes it on, which is what is done with plain http.</summary>
    internal bool IsForwarded => Proxy is not null && !IsSocks && !Origin.NeedsTunnel;

    /// <summary>True when the proxy speaks SOCKS, and sees no HTTP.</summary>
    internal bool IsSocks => Proxy is not null && Proxy.Uri.Scheme.StartsWith("socks", StringComparison.Ordinal);

    public override string ToString() => Proxy is null ? Origin.ToString() : $"{Origin} by {Proxy.Uri.Host}:{FirstHop.Port}";
}
