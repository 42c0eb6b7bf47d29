namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>What ends an exchange before its time.</summary>
internal enum Ending
{
    /// <summary>Nothing: it is answered.</summary>
    None,

    /// <summary>The caller's token.</summary>
    Token,

    /// <summary>One of the limits of time.</summary>
    Timeout,

    /// <summary>The caller disposes the response, or the handler.</summary>
    Disposal,

    /// <summary>The peer, the resolver or the request's content fails.</summary>
    Fault,
}
