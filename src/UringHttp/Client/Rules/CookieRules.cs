using System.Net;
using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>What goes from a <see cref="CookieContainer"/> into requests, and from responses into it.</summary>
internal static class CookieRules
{
    /// <summary>The cookies that a request for this URI carries; null when there are none.</summary>
    internal static string? GetField(CookieContainer? container, Uri uri) =>
        container is { Count: > 0 } && container.GetCookieHeader(uri) is { Length: > 0 } field ? field : null;

    /// <summary>Keeps the cookies of a response. One that is malformed, too long or for another domain is passed over.</summary>
    internal static void Keep(CookieContainer container, HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Set-Cookie", out HeaderStringValues fields))
        {
            return;
        }

        foreach (string field in fields)
        {
            try
            {
                container.SetCookies(response.RequestMessage!.RequestUri!, field);
            }
            catch (CookieException)
            {
                // A cookie that cannot be kept is no reason to lose the response.
            }
        }
    }
}
