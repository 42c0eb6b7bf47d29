using System.Collections.Frozen;

namespace UringHttp;

/// <summary>
/// Which fields may come behind a body. RFC 9110 §6.5.1: not those that are needed before it, for framing, routing, authentication or
/// to understand the content. Such a trailer is dropped, as by the stock handler: nobody may take it for a field of the head.
/// </summary>
internal static class TrailerRules
{
    private static readonly FrozenSet<string> Refused = FrozenSet.ToFrozenSet(
        [
            "Age", "Authorization", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Location",
            "Content-Range", "Content-Type", "Date", "Expect", "Expires", "Host", "If-Match", "If-Modified-Since",
            "If-None-Match", "If-Range", "If-Unmodified-Since", "Location", "Max-Forwards", "Pragma", "Proxy-Authenticate",
            "Proxy-Authorization", "Range", "Retry-After", "Set-Cookie", "Set-Cookie2", "TE", "Trailer", "Transfer-Encoding", "Vary",
            "Warning", "WWW-Authenticate",
        ],
        StringComparer.OrdinalIgnoreCase);

    internal static bool MayTrail(string name) => !Refused.Contains(name);
}
