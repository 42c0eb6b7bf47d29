
namespace UringHttp;

/// <summary>
/// Whether a request that failed may be sent again, unasked: it went out on a connection that had served before, whose server said not
/// one byte of an answer, so that it had most likely closed before the request arrived; and nothing is lost if it did arrive
/// (RFC 9112 §9.3.1).
/// </summary>
internal static class ResendRules
{
    internal static bool MayResend(HttpRequestMessage request, Exception cause) =>
        request.Content is null && IsIdempotent(request.Method) && IsClosedByPeer(cause);

    /// <summary>RFC 9110 §9.2.2: done twice, it is as good as done once.</summary>
    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Put || method == HttpMethod.Delete
        || method == HttpMethod.Options || method == HttpMethod.Trace;

    private static bool IsClosedByPeer(Exception cause) =>
        cause is UringException { Errno: Errno.ECONNRESET or Errno.EPIPE }
            or (IOException and not UringException)
            or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded };
}
