namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>How far an exchange is, in the order in which it gets there.</summary>
internal enum Stage
{
    /// <summary>Sent by the caller; nobody has seen more of it.</summary>
    Unseen,

    /// <summary>In the line for a connection: all that its origin may have are taken.</summary>
    Queue,
    Names,
    Connect,
    Proxy,
    Tls,
    SendHead,
    SendBody,

    /// <summary>The peer has the request, and has said nothing yet.</summary>
    Wait,
    Head,
    Body,

    /// <summary>The caller has let go of a response whose body has not come yet.</summary>
    Drain,
}
