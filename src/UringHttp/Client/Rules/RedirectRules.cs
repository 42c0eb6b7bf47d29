using System.Net;

namespace UringHttp;

/// <summary>Where a response sends a request, and what becomes of the request on the way: the stock handler's rules.</summary>
internal static class RedirectRules
{
    /// <summary>The statuses that may send a request elsewhere (RFC 9110 §15.4).</summary>
    internal static bool IsRedirect(HttpStatusCode status) => status
        is HttpStatusCode.MultipleChoices or HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Where the response sends a request for this URI; null when nowhere, or where it must not be followed.</summary>
    internal static Uri? GetTarget(Uri uri, HttpResponseMessage response)
    {
        if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
        {
            return null;
        }

        Uri target = location.IsAbsoluteUri ? location : new Uri(uri, location);
        if (Origin.IsSecureScheme(uri.Scheme) && !Origin.IsSecureScheme(target.Scheme))
        {
            return null; // what was asked in secret must not be asked again in the clear
        }

        // RFC 9110 §10.2.2: a location without a fragment inherits that of the request.
        return uri.Fragment.Length > 0 && target.Fragment.Length == 0 ? new UriBuilder(target) { Fragment = uri.Fragment }.Uri : target;
    }

    /// <summary>
    /// Whether the request goes on as a GET without content. 307 and 308 keep the method; 303 asks for a look at another resource;
    /// the others turn POST into GET, as all browsers have done since before it was written down (RFC 9110 §15.4.2).
    /// </summary>
    internal static bool BecomesGet(HttpStatusCode status, HttpMethod method) => status switch
    {
        HttpStatusCode.SeeOther => method != HttpMethod.Get && method != HttpMethod.Head,
        HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => false,
        _ => method == HttpMethod.Post,
    };

    /// <summary>Makes of the request the one that follows. Its authorization was for the place that sent it away, and goes.</summary>
    internal static void Redirect(HttpRequestMessage request, HttpStatusCode status, Uri target)
    {
        request.Headers.Authorization = null;
        request.RequestUri = target;
        if (BecomesGet(status, request.Method))
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
            if (request.Headers.TransferEncodingChunked == true)
            {
                request.Headers.TransferEncodingChunked = false;
            }
        }
    }
}
