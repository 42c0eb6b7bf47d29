using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;

namespace UringHttp;

/// <summary>
/// How a <see cref="UringHttpHandler"/> works. Each property has the name, the type and the default that it has in
/// <see cref="SocketsHttpHandler"/>. Read once, when the handler is made.
/// </summary>
public sealed partial class UringHttpHandlerOptions
{
    private CookieContainer? _cookieContainer;
    private IDictionary<string, object?>? _properties;

    /// <summary>
    /// The most connections to one origin (scheme, host and port), busy and idle together. Default <see cref="int.MaxValue"/>.
    /// Requests beyond it wait, first come first served.
    /// </summary>
    public int MaxConnectionsPerServer { get; set; } = int.MaxValue;

    /// <summary>
    /// The most connections of the handler in all, busy and idle together. Default <see cref="int.MaxValue"/>. Past it the connection
    /// that has been idle the longest makes room; requests that find none wait, first come first served, whatever their origin.
    /// </summary>
    public int MaxConnections { get; set; } = int.MaxValue;

    /// <summary>
    /// How long a connection may be idle before it is closed. Default 1 minute. Zero: no connection is used twice.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: idle connections are kept until the server closes them.
    /// </summary>
    public TimeSpan PooledConnectionIdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a connection may live, whether it is used or not; then it serves what it is at and is closed, so that a change of the
    /// server's addresses is seen. Default <see cref="Timeout.InfiniteTimeSpan"/>. Zero: no connection is used twice.
    /// </summary>
    public TimeSpan PooledConnectionLifetime { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Whether a request is sent again, once and on another connection, when it went out on a kept connection that the server closed
    /// without a byte of an answer. Only requests without content whose method may be repeated (RFC 9110 §9.2.2). Default true.
    /// </summary>
    public bool ResendOnStaleConnection { get; set; } = true;

    /// <summary>
    /// How https connections are secured: client certificates, how the server's is checked, protocols. Default: the system's trust.
    /// SNI and the name that the certificate must have are the request's host, unless TargetHost says otherwise.
    /// </summary>
    public SslClientAuthenticationOptions SslOptions { get; set; } = new();

    /// <summary>
    /// Makes the stream that a connection goes over, instead of a socket of the loop; TLS is put on top of it for https. Called on
    /// the thread pool. What it throws is told as <see cref="HttpRequestError.ConnectionError"/>. Default null.
    /// </summary>
    public Func<UringHttpConnectionContext, CancellationToken, ValueTask<Stream>>? ConnectCallback { get; set; }

    /// <summary>
    /// Is shown each new connection, above TLS, and gives what is used instead: the same stream, or one around it. Called on the
    /// thread pool. Default null.
    /// </summary>
    public Func<UringHttpPlaintextStreamFilterContext, CancellationToken, ValueTask<Stream>>? PlaintextStreamFilter { get; set; }

    /// <summary>Whether requests go by a proxy at all. Default true.</summary>
    public bool UseProxy { get; set; } = true;

    /// <summary>
    /// The proxy, or the rules that choose one for each URI: http, https, socks4, socks4a and socks5. Asked where the request is sent
    /// from. Default null: <see cref="HttpClient.DefaultProxy"/>, which reads http_proxy, https_proxy, all_proxy and no_proxy.
    /// </summary>
    public IWebProxy? Proxy { get; set; }

    /// <summary>
    /// Credentials for a proxy that brings none of its own: given to it when it asks (407), in the way that <see cref="Credentials"/> are
    /// to a server; or the password of SOCKS. Default null.
    /// </summary>
    public ICredentials? DefaultProxyCredentials { get; set; }

    /// <summary>
    /// Where every connection goes, whatever the request's URI says: an <see cref="IPEndPoint"/>, or a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/> such as /run/docker.sock. Default null: to the URI's host.
    /// </summary>
    public EndPoint? ConnectEndPoint { get; set; }

    /// <summary>
    /// Finds the addresses of a name, instead of the system's resolver; sorted, the best first. Called on the thread pool, once for all
    /// requests that want the name at the time; the token is cancelled when none of them waits any more. What it throws, or no address,
    /// is told as <see cref="HttpRequestError.NameResolutionError"/>. Default null. Not asked for a host that is an address.
    /// </summary>
    public Func<string, CancellationToken, ValueTask<IPAddress[]>>? ResolveCallback { get; set; }

    /// <summary>
    /// How long the addresses of a name are used before they are asked for again. Default 10 seconds. A name that has none is asked for
    /// again after 1 second at most, and one whose addresses all fail at once. Zero: asked for each connection.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: until they fail. The last 1,024 names are remembered.
    /// </summary>
    public TimeSpan DnsCacheLifetime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long connecting to one address of a host may take before the next one is tried beside it (RFC 8305 §5): the first that connects
    /// is used. Default 250 milliseconds; at least 10. <see cref="Timeout.InfiniteTimeSpan"/>: the next one is tried when one has failed.
    /// An address that failed, or that another one overtook so, is tried last for 30 seconds.
    /// </summary>
    public TimeSpan ConnectionAttemptDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many bytes of a body that is disposed unread are received in order to use its connection again. Default 1 MiB (1,048,576).
    /// When there are more, or it is zero, the connection is closed.
    /// </summary>
    public int MaxResponseDrainSize { get; set; } = 1024 * 1024;

    /// <summary>How long that may take. Default 2 seconds. Zero: the connection is closed at once.</summary>
    public TimeSpan ResponseDrainTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a request with <c>Expect: 100-continue</c> waits for the server's word before it sends its content unasked. Default 1
    /// second. <see cref="Timeout.InfiniteTimeSpan"/>: it is never sent unasked.
    /// </summary>
    public TimeSpan Expect100ContinueTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Is told of informational (1xx) responses, such as 103 Early Hints, before the final one; 101 is a final one. Called where the
    /// request was sent from: on the loop, or on the thread pool. Default null.
    /// </summary>
    public Action<HttpResponseMessage>? InformationalResponseReceived { get; set; }

    /// <summary>The longest head of a response, in KiB (1,024 bytes). Default 64.</summary>
    public int MaxResponseHeadersLength { get; set; } = 64;

    /// <summary>
    /// Whether a response that names another place (300, 301, 302, 303, 307, 308 with a Location) is followed (RFC 9110 §15.4).
    /// Default true. From https to http is never followed. 307 and 308 repeat method and content; 303, and the others after a POST,
    /// go on with a GET. The request's Authorization field is not carried along, and <see cref="Credentials"/> are given to the new
    /// place only when they are a <see cref="CredentialCache"/>, which says for whom each is. The request message is changed.
    /// </summary>
    public bool AllowAutoRedirect { get; set; } = true;

    /// <summary>How many redirects one request follows. Default 50; at least 1. The response after them is the answer.</summary>
    public int MaxAutomaticRedirections { get; set; } = 50;

    /// <summary>
    /// Whether cookies of responses are kept in <see cref="CookieContainer"/> and sent with the requests that they are for
    /// (RFC 6265). Default true.
    /// </summary>
    public bool UseCookies { get; set; } = true;

    /// <summary>Where cookies are kept, from the first request on. Default: a new, empty one.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public CookieContainer CookieContainer
    {
        get => _cookieContainer ??= new CookieContainer();
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _cookieContainer = value;
        }
    }

    /// <summary>
    /// Who asks, where a server wants to know (401, RFC 9110 §11): by the first of Negotiate (RFC 4559), NTLM, Digest (RFC 7616, with MD5
    /// and SHA-256) and Basic (RFC 7617), which tells the password, that the server offers and that there is a credential for. Negotiate
    /// and NTLM are the system's GSSAPI's; where it has no ticket or cannot speak them, they are passed over. To allow only some, give a
    /// <see cref="CredentialCache"/>. <see cref="CredentialCache.DefaultCredentials"/> are for Negotiate and NTLM only. Default null:
    /// 401 is the answer. Asked from the thread that the request came from, or the thread pool. The request's Authorization field is set.
    /// </summary>
    public ICredentials? Credentials { get; set; }

    /// <summary>
    /// Whether a place that has accepted <see cref="Credentials"/> by Digest or Basic gets them with further requests before it asks: the
    /// directory of the accepted request, and what is below it; and so a proxy that has accepted its own. Default false.
    /// </summary>
    public bool PreAuthenticate { get; set; }

    /// <summary>
    /// The codings that requests announce in Accept-Encoding and that responses are freed of (RFC 9110 §8.4): gzip, deflate (with
    /// and without zlib's wrapper) and br. Default <see cref="DecompressionMethods.None"/>. A response that was decompressed has
    /// neither Content-Length nor the codings that were undone in Content-Encoding. Bytes that cannot be decompressed are an
    /// <see cref="InvalidDataException"/> for whoever reads them.
    /// </summary>
    public DecompressionMethods AutomaticDecompression { get; set; } = DecompressionMethods.None;

    /// <summary>
    /// How many times as many bytes as were received a response may decompress to. Default 200, which what people write seldom
    /// reaches; what is made to exhaust memory has 1,000 and more. Counts once <see cref="MaxUncheckedDecompressedBytes"/> have come.
    /// Beyond it, reading the body fails with <see cref="HttpIOException"/> (ConfigurationLimitExceeded).
    /// <see cref="int.MaxValue"/>: no limit to speak of.
    /// </summary>
    public int MaxDecompressionRatio { get; set; } = 200;

    /// <summary>
    /// The bytes that a response may decompress to whatever <see cref="MaxDecompressionRatio"/> says. Default 16 MiB (16,777,216).
    /// </summary>
    public long MaxUncheckedDecompressedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// Who makes the meter that the handler reports to, System.Net.Http with the stock handler's instruments: a container's, so that
    /// meters are kept apart. Default null: one meter for all.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>
    /// Puts the context of the request's activity into its head. Default <see cref="DistributedContextPropagator.Current"/>: W3C
    /// Trace Context. Null turns tracing off: no activity, no diagnostic event.
    /// </summary>
    public DistributedContextPropagator? ActivityHeadersPropagator { get; set; } = DistributedContextPropagator.Current;

    /// <summary>
    /// Whether each response says what it came over: <see cref="UringHttpRequestOptions.ConnectionInfo"/> among the options of its
    /// request. Default false, since it costs some hundred bytes for each.
    /// </summary>
    public bool ReportConnectionInfo { get; set; }

    /// <summary>
    /// Says for each field of a request, by its name, how its values are encoded; null from it for the default, ASCII, which refuses
    /// other characters. What it gives must keep ASCII as it is. Default null. Called on the loop: must not block. What it throws
    /// fails the request.
    /// </summary>
    public HeaderEncodingSelector<HttpRequestMessage>? RequestHeaderEncodingSelector { get; set; }

    /// <summary>
    /// Says for each field of a response, and of its trailers, how its values are encoded; null from it for the default, Latin-1. Its
    /// second argument is the request. Default null. Called on the loop, or where the body is read: must not block. What it throws
    /// fails the request, or the reading.
    /// </summary>
    public HeaderEncodingSelector<HttpRequestMessage>? ResponseHeaderEncodingSelector { get; set; }

    /// <summary>Whatever code of yours wants to keep with the options. The handler looks at none of it. Empty by default.</summary>
    public IDictionary<string, object?> Properties => _properties ??= new Dictionary<string, object?>();

    /// <summary>Checks now what the handler checks when it is made.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it and the range.</exception>
    /// <exception cref="ArgumentNullException"><see cref="SslOptions"/> is null.</exception>
    public void Validate() => Validated();

    internal UringHttpHandlerOptions Validated()
    {
        Check(MaxDecompressionRatio > 0, nameof(MaxDecompressionRatio), MaxDecompressionRatio, "must be at least 1");
        Check(
            MaxUncheckedDecompressedBytes >= 0,
            nameof(MaxUncheckedDecompressedBytes),
            MaxUncheckedDecompressedBytes,
            "must not be negative");
        Check(MaxAutomaticRedirections > 0, nameof(MaxAutomaticRedirections), MaxAutomaticRedirections, "must be at least 1");
        Check(MaxConnections > 0, nameof(MaxConnections), MaxConnections, "must be at least 1");
        Check(MaxConnectionsPerServer > 0, nameof(MaxConnectionsPerServer), MaxConnectionsPerServer, "must be at least 1");
        Check(Timeouts.IsValid(ConnectTimeout), nameof(ConnectTimeout), ConnectTimeout, Timeouts.Rule);
        Check(Timeouts.IsValid(ResponseHeadTimeout), nameof(ResponseHeadTimeout), ResponseHeadTimeout, Timeouts.Rule);
        Check(Timeouts.IsValid(ReadIdleTimeout), nameof(ReadIdleTimeout), ReadIdleTimeout, Timeouts.Rule);
        Check(Timeouts.IsValid(TotalTimeout), nameof(TotalTimeout), TotalTimeout, Timeouts.Rule);
        Check(
            DnsCacheLifetime >= TimeSpan.Zero || DnsCacheLifetime == Timeout.InfiniteTimeSpan,
            nameof(DnsCacheLifetime),
            DnsCacheLifetime,
            "must not be negative, but for Timeout.InfiniteTimeSpan");
        Check(
            ConnectionAttemptDelay >= TimeSpan.FromMilliseconds(10) || ConnectionAttemptDelay == Timeout.InfiniteTimeSpan,
            nameof(ConnectionAttemptDelay),
            ConnectionAttemptDelay,
            "must be at least 10 milliseconds, or Timeout.InfiniteTimeSpan");
        Check(
            PooledConnectionIdleTimeout >= TimeSpan.Zero || PooledConnectionIdleTimeout == Timeout.InfiniteTimeSpan,
            nameof(PooledConnectionIdleTimeout),
            PooledConnectionIdleTimeout,
            "must not be negative, but for Timeout.InfiniteTimeSpan");
        Check(
            PooledConnectionLifetime >= TimeSpan.Zero || PooledConnectionLifetime == Timeout.InfiniteTimeSpan,
            nameof(PooledConnectionLifetime),
            PooledConnectionLifetime,
            "must not be negative, but for Timeout.InfiniteTimeSpan");
        Check(
            Expect100ContinueTimeout >= TimeSpan.Zero || Expect100ContinueTimeout == Timeout.InfiniteTimeSpan,
            nameof(Expect100ContinueTimeout),
            Expect100ContinueTimeout,
            "must not be negative, but for Timeout.InfiniteTimeSpan");
        Check(MaxResponseDrainSize >= 0, nameof(MaxResponseDrainSize), MaxResponseDrainSize, "must not be negative");
        Check(
            (ResponseDrainTimeout >= TimeSpan.Zero && ResponseDrainTimeout.TotalMilliseconds <= int.MaxValue)
                || ResponseDrainTimeout == Timeout.InfiniteTimeSpan,
            nameof(ResponseDrainTimeout),
            ResponseDrainTimeout,
            "must be zero to 2,147,483,647 milliseconds, or Timeout.InfiniteTimeSpan");
        Check(
            MaxResponseHeadersLength is > 0 and <= int.MaxValue / 1024,
            nameof(MaxResponseHeadersLength),
            MaxResponseHeadersLength,
            "is in KiB, and must be 1 to 2,097,151");
        if (SslOptions is null)
        {
            throw new ArgumentNullException(nameof(SslOptions), "UringHttpHandlerOptions.SslOptions must not be null.");
        }

        _ = CookieContainer; // made before the copy, which shares it
        var copy = (UringHttpHandlerOptions)MemberwiseClone();
        copy.SslOptions = TlsHandshake.Copy(SslOptions, host: null);
        return copy;
    }

    private static void Check(bool holds, string property, object value, string rule)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(property, value, $"UringHttpHandlerOptions.{property} {rule}.");
        }
    }
}
