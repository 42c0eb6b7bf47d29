using System.Globalization;
using System.Net;

namespace UringHttp;

/// <summary>
/// The attributes of metrics and activities, with the names and values of OpenTelemetry's semantic conventions for HTTP, as the stock
/// handler has them: dashboards must not see which handler it was.
/// </summary>
internal static class TelemetryTags
{
    internal const string Method = "http.request.method";
    internal const string OriginalMethod = "http.request.method_original";
    internal const string Status = "http.response.status_code";
    internal const string ProtocolVersion = "network.protocol.version";
    internal const string PeerAddress = "network.peer.address";
    internal const string ServerAddress = "server.address";
    internal const string ServerPort = "server.port";
    internal const string Scheme = "url.scheme";
    internal const string FullUrl = "url.full";
    internal const string ErrorType = "error.type";
    internal const string ConnectionState = "http.connection.state";

    /// <summary>Stands for what has no name of its own.</summary>
    internal const string Other = "_OTHER";

    /// <summary>The version that connections of ours speak, whatever a single message says.</summary>
    internal const string Http11 = "1.1";

    private const int LastStatus = 599;

    /// <summary>Status codes as objects, made once.</summary>
    private static readonly object?[] s_statuses = new object?[LastStatus + 1];

    /// <summary>The name of a known method; null for others, so that what users make up does not multiply time series.</summary>
    internal static string? FindKnown(HttpMethod method)
    {
        string name = RequestHead.GetName(method);
        return MethodKinds.Of(name.AsSpan()) == MethodKind.Other ? null : name;
    }

    internal static KeyValuePair<string, object?> OfMethod(HttpMethod method) => new(Method, FindKnown(method) ?? Other);

    internal static object Box(HttpStatusCode status)
    {
        int code = (int)status;
        return code <= LastStatus ? s_statuses[code] ??= code : code;
    }

    internal static string GetVersion(Version version) => (version.Major, version.Minor) switch
    {
        (1, 0) => "1.0",
        (1, 1) => Http11,
        _ => version.ToString(),
    };

    /// <summary>The host that is asked for: what the request's Host field says, or its URI.</summary>
    internal static string GetServer(HttpRequestMessage request, bool isForwarded)
    {
        string? host = !isForwarded && request.Headers.NonValidated.Count > 0 ? request.Headers.Host : null;
        if (host is null)
        {
            return request.RequestUri!.IdnHost;
        }

        int port = host.LastIndexOf(':');
        return port > host.LastIndexOf(']') ? host[..port] : host;
    }

    /// <summary>Why it is an error: the status, the kind of failure, or the exception's class; null when it is none.</summary>
    internal static string? FindErrorType(HttpResponseMessage? response, Exception? failure) => (response, failure) switch
    {
        ({ } answer, _) => (int)answer.StatusCode >= 400
            ? ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture)
            : null,
        (_, HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } e) => GetName(e.HttpRequestError),
        (_, { } e) => e.GetType().FullName,
        _ => null,
    };

    private static string GetName(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "name_resolution_error",
        HttpRequestError.ConnectionError => "connection_error",
        HttpRequestError.SecureConnectionError => "secure_connection_error",
        HttpRequestError.HttpProtocolError => "http_protocol_error",
        HttpRequestError.ExtendedConnectNotSupported => "extended_connect_not_supported",
        HttpRequestError.VersionNegotiationError => "version_negotiation_error",
        HttpRequestError.UserAuthenticationError => "user_authentication_error",
        HttpRequestError.ProxyTunnelError => "proxy_tunnel_error",
        HttpRequestError.InvalidResponse => "invalid_response",
        HttpRequestError.ResponseEnded => "response_ended",
        HttpRequestError.ConfigurationLimitExceeded => "configuration_limit_exceeded",
        _ => Other,
    };
}
