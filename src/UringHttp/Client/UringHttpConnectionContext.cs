using System.Net;

namespace UringHttp;

/// <summary>What <see cref="UringHttpHandlerOptions.ConnectCallback"/> is asked for.</summary>
public sealed class UringHttpConnectionContext
{
    internal UringHttpConnectionContext(DnsEndPoint dnsEndPoint, HttpRequestMessage initialRequestMessage)
    {
        DnsEndPoint = dnsEndPoint;
        InitialRequestMessage = initialRequestMessage;
    }

    /// <summary>Host and port to connect to.</summary>
    public DnsEndPoint DnsEndPoint { get; }

    /// <summary>The request that the connection is made for. Another one may use it in the end.</summary>
    public HttpRequestMessage InitialRequestMessage { get; }
}

/// <summary>What <see cref="UringHttpHandlerOptions.PlaintextStreamFilter"/> is asked for.</summary>
public sealed class UringHttpPlaintextStreamFilterContext
{
    internal UringHttpPlaintextStreamFilterContext(Stream plaintextStream, HttpRequestMessage initialRequestMessage)
    {
        PlaintextStream = plaintextStream;
        InitialRequestMessage = initialRequestMessage;
    }

    /// <summary>The connection as it is now: TLS, if any, is below.</summary>
    public Stream PlaintextStream { get; }

    /// <summary>The request that the connection is made for. Another one may use it in the end.</summary>
    public HttpRequestMessage InitialRequestMessage { get; }
}
