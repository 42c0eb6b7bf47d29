using System.Net;
using System.Net.Security;
using System.Security.Authentication;

namespace UringHttp;

/// <summary>What a response came over, and what it took to get there. Immutable.</summary>
/// <remarks>
/// <c>response.RequestMessage!.Options.TryGetValue(UringHttpRequestOptions.ConnectionInfo, out var info)</c>. After a redirect or a
/// resend it tells of the last exchange.
/// </remarks>
public sealed class UringHttpConnectionInfo
{
    /// <summary>This side's address; null when the connection is a user's stream, from ConnectCallback.</summary>
    public EndPoint? LocalEndPoint { get; init; }

    /// <summary>The other side's address, which is the proxy's where there is one; null when the connection is a user's stream.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>Whether the connection had served a request before.</summary>
    public bool IsReused { get; init; }

    /// <summary>The protocol of TLS to the server; null over plain http.</summary>
    public SslProtocols? TlsProtocol { get; init; }

    /// <summary>The cipher suite of TLS to the server; null over plain http.</summary>
    public TlsCipherSuite? TlsCipherSuite { get; init; }

    /// <summary>From the call to when a connection was there; a new one's making included.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>What finding the host's addresses took when the connection was made; zero where they were known, or not needed.</summary>
    public TimeSpan NameResolutionTime { get; init; }

    /// <summary>What connecting the socket took when the connection was made (or what ConnectCallback took).</summary>
    public TimeSpan ConnectTime { get; init; }

    /// <summary>What TLS took when the connection was made; zero over plain http.</summary>
    public TimeSpan TlsTime { get; init; }

    /// <summary>From when the request was begun to be sent to when the first bytes of a response came.</summary>
    public TimeSpan FirstByteTime { get; init; }
}
