namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>By what an exchange goes to its peer.</summary>
internal enum Way
{
    Plain,

    /// <summary>Plain, to a name of its own.</summary>
    Named,
    Tls,

    /// <summary>By an HTTP proxy that is told the whole URI.</summary>
    Forwarded,

    /// <summary>By CONNECT to an HTTP proxy, and TLS.</summary>
    Tunnel,

    /// <summary>By a SOCKS5 proxy.</summary>
    Socks,

    /// <summary>Plain, by the handler whose plaintext filter can hold a write back.</summary>
    Filtered,

    /// <summary>Plain, by <see cref="UringHttpClient"/>.</summary>
    Prepared,
}
