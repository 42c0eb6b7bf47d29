using System.Net;

namespace UringHttp.Tests.Client.Differential;

/// <summary>Answers that make the handler do something more: redirects, challenges, cookies, content codings.</summary>
internal static class FollowUps
{
    private static readonly string[] Locations =
    [
        "/x", "x", "./x", "../x", "?a=b", "#f", "", " ", "/", "//localhost:{port}/x", "http://127.0.0.1:{port}/x",
        "HTTP://127.0.0.1:{port}/x", "http://127.0.0.1:{port}/x#f", "http://127.0.0.1:{port}", "http:/x", "http:x", "http://",
        "http://[", "http://:{port}/x", "http://a b/", "/a b", "/a%20b", "/a%2Fb", "/a%zz", "/caf\u00e9", "/caf\u00c3\u00a9",
        "/caf%C3%A9", "/\u0001", "/a\\b", "\\x", "/a\tb", "/x?q=\u00e9", "/x?a=b#c", "/x;a=b", "/%", "/x y#f", "/\"x\"", "/<x>", "/{x}",
        "/|", "/a//b", "/./x", "/a/../x", "/a/%2e%2e/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:x", "data:,x",
        "mailto:x", "about:blank", "ws://127.0.0.1:{port}/x", "http://me:secret@127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}/x\r\nLocation: /y", "/x, /y", "http://127.0.0.1:99999/", "*", "http://127.1:{port}/x",
        "http://0x7f.1:{port}/x", "http://2130706433:{port}/x", "http:\\\\127.0.0.1:{port}\\x", "127.0.0.1:{port}/x",
        "localhost:{port}/x",
    ];

    private static readonly string[] Challenges =
    [
        "Basic", "Basic realm=x", "Basic realm=\"x\"", "basic realm=\"x\"", "BASIC", "Basic realm=\"x", "Basic realm=", "Basic realm",
        "Basic,", ",Basic", ", Basic", "Basic Basic", "Bearer", "Bearer, Basic", "Bearer realm=\"a, Basic b\"",
        "Bearer realm=\"x\", Basic realm=\"y\"", "x", "", " ", "=", "\"Basic\"", "Basic realm=\"caf\u00e9\"", "Basic\trealm=\"x\"",
        "Basic  realm=\"x\"", "Basic realm=\"x\", charset=\"UTF-8\"", "Bearer\r\nWWW-Authenticate: Basic", "Basicx",
        "Basic realm=\"\\\"\"", "Basic realm=\"x\"junk", "Digest", "Digest realm=\"x\"", "Digest nonce=\"x\"",
        "Digest realm=\"x\", nonce=\"y\"", "Digest realm=\"x\", nonce=\"y\", qop=\"auth\"",
        "Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"", "Digest realm=\"x\", nonce=\"y\", qop=\"auth,auth-int\"",
        "Digest realm=\"x\", nonce=\"y\", qop=\"auth-int, auth\"", "Digest realm=\"x\", nonce=\"y\", qop=x",
        "Digest realm=\"x\", nonce=\"y\", algorithm=MD5", "Digest realm=\"x\", nonce=\"y\", algorithm=SHA-256",
        "Digest realm=\"x\", nonce=\"y\", algorithm=MD5-sess, qop=\"auth\"",
        "Digest realm=\"x\", nonce=\"y\", algorithm=SHA-256-sess, qop=\"auth\"",
        "Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256", "Digest realm=\"x\", nonce=\"y\", algorithm=x",
        "Digest realm=\"x\", nonce=\"y\", opaque=\"z\", domain=\"/\"", "Digest realm=\"x\", nonce=\"y\", stale=true",
        "Digest realm=\"x\", nonce=\"y\", userhash=true", "Digest realm=x, nonce=y", "Digest realm=\"x\" nonce=\"y\"",
        "Digest realm=\"a\\\"b\", nonce=\"y\"", "Digest realm=\"x\", nonce=\"y\", Basic realm=\"z\"",
        "Basic realm=\"z\", Digest realm=\"x\", nonce=\"y\"",
    ];

    private static readonly string[] Codings =
    [
        "gzip", "GZIP", "x-gzip", "deflate", "br", "identity", "x", "", " ", ",", "gzip, gzip", "gzip, x", "x, gzip", "identity, gzip",
        "gzip,", ",gzip", "gzip;q=1", "\"gzip\"", "gzip\r\nContent-Encoding: gzip", "zstd", "compress",
    ];

    internal static IEnumerable<Exchange> Redirects =>
    [
        .. Locations.Select(location => Redirect(302, location) with { Name = $"redirect: to {Exchange.Visible(location)}" }),
        .. from status in new[] { 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 201, 200 }
           from method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY" }
           select Redirect(status, "/x", method),
        Redirect(302, "/x") with { Name = "redirect: without a Location", Answer = "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n" },
        Redirect(302, "/x") with { Name = "redirect: not wanted", Set = settings => settings.AllowAutoRedirect = false },
        Redirect(302, "/x") with
        {
            Name = "redirect: in a circle",
            Elsewhere = "HTTP/1.1 302 x\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        },
        Redirect(302, "/x") with
        {
            Name = "redirect: with a chunked body",
            Answer = "HTTP/1.1 302 x\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        },
        Redirect(302, "/x") with
        {
            Name = "redirect: with a body until the close",
            Answer = "HTTP/1.1 302 x\r\nLocation: /x\r\nConnection: close\r\n\r\nhello",
        },
    ];

    internal static IEnumerable<Exchange> Authentications =>
        from challenge in Challenges
        from status in new[] { 401, 407 }
        select new Exchange(
            $"challenge: {status} {Exchange.Visible(challenge)}",
            $"HTTP/1.1 {status} x\r\n{(status == 401 ? "WWW" : "Proxy")}-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n")
        {
            StaysOpen = true,
            Set = settings => settings.Credentials = new NetworkCredential("me", "secret"),
        };

    internal static IEnumerable<Exchange> Decompression =>
        from coding in Codings
        from methods in new[] { DecompressionMethods.None, DecompressionMethods.All }
        from body in new[] { "hello", string.Empty }
        select new Exchange(
            $"coding: {Exchange.Visible(coding)} of '{body}' with {methods}",
            $"HTTP/1.1 200 x\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n{body}")
        {
            Set = settings => settings.Decompression = methods,
        };

    private static Exchange Redirect(int status, string location, string method = "GET") => new(
        $"redirect: {status} of {method}",
        $"HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
    {
        Request = uri => new HttpRequestMessage(new HttpMethod(method), new Uri(uri, "/a/b?c"))
        {
            Content = method is "POST" or "PUT" or "PATCH" or "QUERY" ? new StringContent("content") : null,
        },
        StaysOpen = method != "HEAD" || status is not 200,
    };
}
