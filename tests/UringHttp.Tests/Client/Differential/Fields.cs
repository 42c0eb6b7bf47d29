namespace UringHttp.Tests.Client.Differential;

/// <summary>The fields of an answer: their lines, and where each of them is found afterwards.</summary>
internal static class Fields
{
    private const string Start = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n";

    private static readonly string[] Lines =
    [
        "A: b", "A:b", "A:", "A: ", "A:  b", "A:\tb", "A: b ", "A: b\t ", "A: \t b \t", "A : b", "A\t: b", " A: b", "\tA: b", ": b", "A",
        "A b", "A=b", "A: b: c", "A:: b", "A b: c", "(A): b", "\"A\": b", "A\u00e9: b", "A\0: b", "A/B: c", "A,B: c", "A@B: c",
        "A{B}: c", "A!#$%&'*+-.^_`|~: b", "1: 2", "_: b", "A: b\r\n c", "A: b\r\n\tc", "A: b\r\n c\r\n d", "A: b\r\n \r\nC: d",
        "A:\r\n b", "A: b\r\nA: c", "A: b\r\na: c", "A: b, c", "A: b,, c", "A: ,", "A: \"b", "A: b\0c", "A: b\rc", "A: b\nc",
        "A: b\nC: d", "A: b\r", "A: \u007f", "A: \u0080\u00ff", "A: caf\u00e9", "A: caf\u00c3\u00a9", "A: =?utf-8?Q?x?=", "\r",
        "X-Empty:\r\nX-Empty: ", "Host: x", "Cookie: a=b", "User-Agent: x", "Accept: x", "Authorization: x",
    ];

    /// <summary>Fields that stock knows, with values good and bad: of the response, of its content, of neither.</summary>
    private static readonly string[] Known =
    [
        "Accept-Ranges: bytes", "Age: 5", "Age: x", "Age: -1", "Alt-Svc: h2=\":443\"", "Cache-Control: no-cache, max-age=5",
        "Cache-Control: max-age=x", "Cache-Control: private=\"a", "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Date: yesterday",
        "ETag: \"x\"", "ETag: W/\"x\"", "ETag: x", "Location: /x", "Location: http://[", "Location:", "Pragma: no-cache",
        "Proxy-Authenticate: Basic", "Retry-After: 5", "Retry-After: x", "Server: a/1 (b)", "Server: (", "Set-Cookie: a=b",
        "Set-Cookie: a=b\r\nSet-Cookie: c=d, e=f", "Set-Cookie:", "Set-Cookie2: a=b", "Strict-Transport-Security: max-age=5",
        "Trailer: X", "Upgrade: h2c", "Vary: *", "Vary: a, b", "Via: 1.1 a", "Via: x", "Warning: 110 a \"b\"", "Warning: x",
        "WWW-Authenticate: Basic realm=\"x\"", "WWW-Authenticate: Basic, Digest", "Allow: GET, PUT", "Allow: (",
        "Content-Disposition: attachment; filename=x", "Content-Encoding: x", "Content-Encoding: a\r\nContent-Encoding: b",
        "Content-Language: en", "Content-Location: /x", "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==", "Content-MD5: x",
        "Content-Range: bytes 0-4/5", "Content-Range: x", "Content-Type: text/plain", "Content-Type: x",
        "Content-Type: text/plain; charset=\"utf-8", "Content-Type: a/b\r\nContent-Type: c/d", "Expires: 0",
        "Expires: Sun, 06 Nov 1994 08:49:37 GMT", "Last-Modified: x", "content-type: text/plain", "CONTENT-TYPE: text/plain",
        "sErVeR: x", "etag: \"x\"", "set-cookie: a=b", "Content-Security-Policy: x", "Content-X: y", "Keep-Alive: timeout=5",
        "Keep-Alive: x", "Connection: keep-alive", "Proxy-Connection: close", "X-Powered-By: x", "Access-Control-Allow-Origin: *",
        "Public-Key-Pins: x", "P3P: x", "TSV: N", "Origin: x", "Link: </x>; rel=preload", "Refresh: 0",
        "X-Content-Type-Options: nosniff", "NEL: {}", "Report-To: {}", "Server-Timing: a;dur=1",
    ];

    internal static IEnumerable<Exchange> All =>
    [
        .. Lines.Concat(Known).Select(line => New(Exchange.Visible(line), line)),
        New("no field at all", "HTTP/1.1 200 OK\r\n\r\nhello", isWhole: true),
        New("100 fields", string.Join("\r\n", Enumerable.Range(0, 100).Select(i => $"X-{i}: {i}"))),
        New("300 fields of one name", string.Join("\r\n", Enumerable.Range(0, 300).Select(_ => "X: y"))),
        New("a value of 60,000 bytes", $"X: {new string('x', 60_000)}"),
        New("a value of 70,000 bytes", $"X: {new string('x', 70_000)}"),
        New("a name of 5,000 bytes", $"{new string('x', 5000)}: y"),
        New("a name of 70,000 bytes", $"{new string('x', 70_000)}: y"),
        New("3,000 fields", string.Join("\r\n", Enumerable.Range(0, 3000).Select(i => $"X-{i}: {i}"))),
        New("6,000 fields", string.Join("\r\n", Enumerable.Range(0, 6000).Select(i => $"X-{i}: {i}"))),
    ];

    /// <summary>Each byte there is, in a name.</summary>
    internal static IEnumerable<Exchange> NameBytes =>
        Enumerable.Range(0, 256).Select(one => New($"name with byte {one:X2}", $"A{(char)one}B: c"));

    /// <summary>Each byte there is, in a value.</summary>
    internal static IEnumerable<Exchange> ValueBytes =>
        Enumerable.Range(0, 256).Select(one => New($"value with byte {one:X2}", $"A: b{(char)one}c"));

    private static Exchange New(string name, string line, bool isWhole = false) =>
        new($"field: {name}", isWhole ? line : $"{Start}{line}\r\n\r\nhello");
}
