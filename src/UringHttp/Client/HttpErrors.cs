using System.Globalization;

namespace UringHttp;

/// <summary>
/// What went wrong, in the exceptions that users of <see cref="HttpClient"/> expect: the same classes and
/// <see cref="HttpRequestError"/> values as the stock handler's, with messages that name the endpoint, the phase and the cause.
/// </summary>
internal static class HttpErrors
{
    /// <summary>Where the credentials of a proxy come from.</summary>
    internal const string ProxyCredentials = "set WebProxy.Credentials or UringHttpHandlerOptions.DefaultProxyCredentials";

    internal static HttpRequestException CannotResolve(Origin origin, Exception cause) => new(
        HttpRequestError.NameResolutionError, $"The name of {origin} could not be resolved: {cause.Message}.", cause);

    internal static HttpRequestException CannotConnect(Origin origin, Exception cause) => new(
        HttpRequestError.ConnectionError, $"Could not connect to {origin}: {cause.Message}", cause);

    /// <summary>None of a host's addresses accepts. Each failure names its address.</summary>
    internal static HttpRequestException CannotConnectToAny(Origin origin, Exception[] failures) => new(
        HttpRequestError.ConnectionError,
        $"Could not connect to {origin} at any of its {failures.Length} addresses: "
            + string.Join(" ", failures.Select(failure => failure.Message)),
        failures[0]); // the address that was preferred; the message has all

    /// <summary>TLS did not come about.</summary>
    internal static HttpRequestException CannotSecure(Origin origin, Exception cause) => new(
        HttpRequestError.SecureConnectionError, $"The TLS connection to {origin} could not be established: {cause.Message}", cause);

    /// <summary>The proxy does not let the connection through.</summary>
    internal static HttpRequestException TunnelFailed(Route route, string reason, int? status, Exception? cause = null) => new(
        HttpRequestError.ProxyTunnelError,
        $"The proxy {route.FirstHop} does not connect to {route.Origin}: {reason}",
        cause,
        (System.Net.HttpStatusCode?)status);

    /// <summary>What a caller gets whose time was up: what <see cref="HttpClient.Timeout"/> gives too, with the phase inside.</summary>
    internal static TaskCanceledException TimedOut(TimeoutException timeout, Exception? cause = null) =>
        new($"The request was given up: {timeout.Message}", timeout, (cause as OperationCanceledException)?.CancellationToken ?? default);

    internal static TimeoutException ConnectTooLong(Origin origin, long elapsed, TimeSpan limit, Exception cause) => new(
        $"Connecting to {origin} took longer than ConnectTimeout allows ({Describe(limit)}): {Describe(elapsed)}.", cause);

    internal static TimeoutException HeadTooLate(Route route, long elapsed, TimeSpan limit) => new(
        $"{route} did not answer the request within ResponseHeadTimeout ({Describe(limit)}): {Describe(elapsed)} since it was sent.");

    internal static TimeoutException BodyIdle(Route route, long elapsed, TimeSpan limit) => new(
        $"{route} sent nothing more of the response's body within ReadIdleTimeout ({Describe(limit)}): {Describe(elapsed)}.");

    internal static TimeoutException TotalTooLong(
        Origin origin, string where, long elapsed, TimeSpan limit, Exception? cause = null) => new(
        $"The request to {origin} took longer than TotalTimeout allows ({Describe(limit)}): {Describe(elapsed)}, {where}.", cause);

    /// <summary>The peer ended the connection before the head of the response was complete.</summary>
    internal static HttpRequestException EndedInHead(Route route, int received) => new(
        HttpRequestError.ResponseEnded,
        received == 0
            ? $"{route} closed the connection without answering the request."
            : $"{route} closed the connection in the head of the response, after {received} bytes.");

    /// <summary>The connection that a handshake was about is closed in the middle of it.</summary>
    internal static HttpRequestException HandshakeCutOff(Origin origin) => new(
        HttpRequestError.ResponseEnded, $"The connection to {origin} was closed in the middle of an authentication, which needs one.");

    /// <summary>The other side has accepted us, and could not prove who it is.</summary>
    internal static HttpRequestException NotMutual(Uri place, string reason) => new(
        HttpRequestError.Unknown, $"'{place}' accepted the authentication, but its own part of it is not good: {reason}.");

    /// <summary>The peer broke a rule of HTTP in the head of the response.</summary>
    internal static HttpRequestException InvalidHead(Route route, HttpProtocolError error, int offset) => new(
        error is HttpProtocolError.HeadTooLarge or HttpProtocolError.TooManyFields
            ? HttpRequestError.ConfigurationLimitExceeded
            : HttpRequestError.InvalidResponse,
        $"The response of {route} is not valid HTTP/1.1: {HttpProtocolErrors.Describe(error)} (at byte {offset} of the head).");

    /// <summary>Informational heads without end are no answer.</summary>
    internal static HttpRequestException TooManyInformational(Route route, int limit) => new(
        HttpRequestError.ConfigurationLimitExceeded, $"{route} sent more than {limit} informational (1xx) heads for one request.");

    /// <summary>The connection failed before the head of the response was complete.</summary>
    internal static HttpRequestException ConnectionFailed(Route route, Exception cause) => new(
        HttpRequestError.Unknown, $"The connection to {route} failed before the response: {cause.Message}", cause);

    /// <summary>There is no memory to write the request's head into.</summary>
    internal static HttpRequestException NoSendBuffer(Origin origin, UringException cause) => new(
        HttpRequestError.Unknown,
        $"The request to {origin} was not sent: there is no buffer for it or for its answer. {cause.Message}",
        cause);

    /// <summary>The request's content failed to produce its bytes.</summary>
    internal static HttpRequestException ContentFailed(Exception cause) => new(
        HttpRequestError.Unknown, $"The content of the request could not be sent: {cause.Message}", cause);

    internal static HttpRequestException ContentTooLong(long surplus) => new(
        $"The content of the request wrote {surplus} bytes more than its Content-Length says.");

    internal static HttpRequestException ContentTooShort(long missing) => new(
        $"The content of the request ended {missing} bytes before its Content-Length.");

    /// <summary>The peer ended the connection before the end of the response's body.</summary>
    internal static HttpIOException EndedInBody(Route route, long missing) => new(
        HttpRequestError.ResponseEnded,
        missing > 0
            ? $"{route} closed the connection {missing} bytes before the end of the response's body."
            : $"{route} closed the connection before the end of the response's body.");

    /// <summary>The peer broke a rule of HTTP in a chunked body.</summary>
    internal static HttpIOException InvalidBody(Route route, HttpProtocolError error, long offset) => new(
        error is HttpProtocolError.TrailersTooLarge or HttpProtocolError.TooManyFields
            ? HttpRequestError.ConfigurationLimitExceeded
            : HttpRequestError.InvalidResponse,
        $"The chunked body of {route} is not valid: {HttpProtocolErrors.Describe(error)} (at byte {offset} of the body).");

    /// <summary>The connection failed within the response's body. A reset is never an end.</summary>
    internal static HttpIOException BodyFailed(Route route, Exception cause) => new(
        HttpRequestError.Unknown, $"The connection to {route} failed within the response's body: {cause.Message}", cause);

    /// <summary>A body is coded more often than anybody has reason to.</summary>
    internal static HttpRequestException TooManyCodings(Uri uri, int count, int limit) => new(
        HttpRequestError.ConfigurationLimitExceeded, $"The response of '{uri}' has {count} content codings; at most {limit} are undone.");

    /// <summary>A body gets out of all proportion when it is decoded.</summary>
    internal static HttpIOException DecompressionBomb(long received, long decoded, int ratio) => new(
        HttpRequestError.ConfigurationLimitExceeded,
        $"The first {received} bytes of the response's body decompress to more than {decoded} bytes, which is beyond " +
        $"UringHttpHandlerOptions.MaxDecompressionRatio ({ratio}): it is taken for an attack.");

    /// <summary>The server sends the request where this handler cannot go.</summary>
    internal static HttpRequestException CannotFollow(Uri target, Exception cause) => new(
        HttpRequestError.Unknown, $"The server answered with a redirect to '{target}', which cannot be followed: {cause.Message}", cause);

    private static string Describe(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");

    private static string Describe(long nanoseconds) => Describe(TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick));

    internal static ObjectDisposedException Disposed() => new(nameof(UringHttpHandler), "The handler, or its loop, has been disposed.");
}
