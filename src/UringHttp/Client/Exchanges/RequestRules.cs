using System.Net;
using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>What must hold of a request before anything is sent, and what the handler settles for it, as the stock one does.</summary>
internal static class RequestRules
{
    /// <summary>The reason to refuse the request; null when it can be sent. May add Transfer-Encoding, or drop Content-Length.</summary>
    internal static Exception? Settle(HttpRequestMessage request)
    {
        Uri? uri = request.RequestUri;
        if (uri is null || !uri.IsAbsoluteUri)
        {
            return new InvalidOperationException("The request has no absolute URI: set RequestUri, or HttpClient.BaseAddress.");
        }

        if (!Origin.IsSpoken(uri.Scheme))
        {
            return new NotSupportedException($"UringHttpHandler sends http and https; the request is for '{uri.Scheme}'.");
        }

        return CheckVersion(request) ?? CheckFraming(request);
    }

    private static Exception? CheckVersion(HttpRequestMessage request)
    {
        bool known = request.Version == HttpVersion.Version11 || request.Version == HttpVersion.Version10;
        if (!known && request.Version < HttpVersion.Version20)
        {
            return new NotSupportedException($"The request asks for HTTP/{request.Version}, which does not exist.");
        }

        if (known || (request.Version > HttpVersion.Version11 && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower))
        {
            return null;
        }

        return new HttpRequestException(
            HttpRequestError.VersionNegotiationError,
            $"The request asks for HTTP/{request.Version} with {request.VersionPolicy}. UringHttpHandler speaks HTTP/1.1 and 1.0: " +
            "ask for one of them, or use HttpVersionPolicy.RequestVersionOrLower.");
    }

    /// <summary>RFC 9112 §6: a content is framed by Content-Length or chunked, never by both.</summary>
    private static Exception? CheckFraming(HttpRequestMessage request)
    {
        if (request.Content is null && request.Headers.NonValidated.Count == 0)
        {
            return null; // most requests
        }

        bool chunked = request.Headers.TransferEncodingChunked == true;
        if (request.Headers.NonValidated.TryGetValues("Transfer-Encoding", out HeaderStringValues codings)
            && !(codings.Count == 1 && codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            return new NotSupportedException(
                $"The request asks for Transfer-Encoding '{codings}'. The only one that is spoken is chunked, alone (RFC 9112 §6.1).");
        }

        if (request.Content is null)
        {
            return chunked
                ? new HttpRequestException(
                    "The request could not be sent.",
                    new InvalidOperationException("Transfer-Encoding: chunked is set, but the request has no content."))
                : null;
        }

        if (chunked)
        {
            request.Content.Headers.ContentLength = null;
        }
        else if (request.Content.Headers.ContentLength is null)
        {
            request.Headers.TransferEncodingChunked = chunked = true;
        }

        return chunked && request.Version == HttpVersion.Version10
            ? new NotSupportedException("HTTP/1.0 has no chunked encoding: give the content a length, or use HTTP/1.1.")
            : null;
    }
}
