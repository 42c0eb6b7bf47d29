namespace UringHttp.Tests.Client.Differential;

/// <summary>Chunked bodies: sizes, extensions, ends and trailers, right and wrong.</summary>
internal static class ChunkedBodies
{
    private const string Start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /// <summary>What stands before the first five bytes.</summary>
    private static readonly string[] Sizes =
    [
        "5", "05", "0000000000000005", "00000000000000005", "000000000000000000000000000005", "5 ", "5  ", "5\t", " 5", "\t5", "0x5",
        "+5", "-5", "5h", "h", "", " ", "g", "5,", "5.0", "\u0665", "5\0", "\u00b5", "5;", "5;a", "5;a=b", "5;a=\"b\"", "5;a=\"b\\\"c\"",
        "5;a=\"", "5;a=b;c=d", "5; a = b", "5 ;a", "5\t;a", "5;\u00e9", "5;\0", "5;\u0001", "5;\u007f", "5;a\rb", "5;a\nb", "5;\r",
        "5\r", "5 a", "5a", "5=", "5:", "6", "4", "7fffffff", "80000000", "ffffffff", "7fffffffffffffff", "8000000000000000",
        "ffffffffffffffff", "10000000000000005", "FFFFFFFFFFFFFFFFF",
    ];

    /// <summary>What stands behind the size and the five bytes of the first chunk.</summary>
    private static readonly string[] Ends = ["\r\n", "\n", "\r", "", "x\r\n", "\r\n\r\n", " \r\n", "\n\r", "\r\r\n", "\0\r\n"];

    /// <summary>What stands behind all chunks.</summary>
    private static readonly string[] LastChunks =
    [
        "0\r\n\r\n", "0\n\n", "0\r\n\n", "0\n\r\n", "00\r\n\r\n", "0000000000000000\r\n\r\n", "00000000000000000\r\n\r\n",
        "0;a=b\r\n\r\n", "0 \r\n\r\n", " 0\r\n\r\n", "-0\r\n\r\n", "0x0\r\n\r\n", "0\r\n", "0\r", "0", "", "\r\n", "0\r\r\n", "0\r\n\r",
        "0\r\n\rx", "0\r\nx", "0\r\n\r\nmore",
    ];

    private static readonly string[] Trailers =
    [
        "X: y", "X:y", "X:", "X: y\r\nX: z", "X: y\r\nZ: w", "X : y", " X: y", ": y", "X", "X\0: y", "X: a\0b", "X: caf\u00e9",
        "X: y\r\n z", "X: y\nZ: w", "X: y\rz", "Content-Length: 7", "Transfer-Encoding: chunked", "Host: x", "Trailer: x",
        "Content-Type: text/plain", "Content-Encoding: gzip", "Content-Range: x", "Set-Cookie: a=b", "Authorization: x",
        "Cache-Control: no-store", "Connection: close", "Location: /x", "ETag: \"x\"", "Content-MD5: x", "Age: x",
        "WWW-Authenticate: Basic", "Expires: 0", "Last-Modified: x", "Date: x", "Max-Forwards: 1", "TE: x", "Vary: x", "Retry-After: 1",
        "Warning: x", "Content-X: y", "Server: x", "Keep-Alive: x", "Content-Disposition: x", "Allow: x", "Content-Language: x",
        "Content-Location: x", "Proxy-Authenticate: x", "Expect: x", "Pragma: x", "Age: 1", "Upgrade: x", "Via: x",
        "Access-Control-Allow-Origin: *", "If-Match: x", "If-Modified-Since: x", "If-None-Match: x", "If-Range: x",
        "If-Unmodified-Since: x", "Proxy-Authorization: x", "Range: x", "Cookie: x", "Set-Cookie2: x", "content-length: 7", "Accept: x",
        "Accept-Encoding: x", "Alt-Svc: x", "Referer: x", "From: x", "Proxy-Connection: x", "Strict-Transport-Security: x",
        "User-Agent: x", "Origin: x", "Accept-Ranges: x", "Proxy-Support: x", "Authentication-Info: x", "Proxy-Authentication-Info: x",
    ];

    internal static IEnumerable<Exchange> All =>
    [
        .. Sizes.Select(size => New($"size {Exchange.Visible(size)}", $"{size}\r\nhello\r\n0\r\n\r\n")),
        .. Ends.Select(end => New($"end {Exchange.Visible(end)}", $"5\r\nhello{end}0\r\n\r\n")),
        .. Ends.Select(end => New($"size ended by {Exchange.Visible(end)}", $"5{end}hello\r\n0\r\n\r\n")),
        .. LastChunks.Select(last => New($"last chunk {Exchange.Visible(last)}", $"5\r\nhello\r\n{last}")),
        .. LastChunks.Select(last => New($"only {Exchange.Visible(last)}", last)),
        .. Trailers.Select(trailer => New($"trailer {Exchange.Visible(trailer)}", $"5\r\nhello\r\n0\r\n{trailer}\r\n\r\n")),
        New("many chunks", string.Concat(Enumerable.Repeat("1\r\nx\r\n", 500)) + "0\r\n\r\n"),
        New("capital digits", "A\r\n0123456789\r\n0\r\n\r\n"),
        New("small digits", "a\r\n0123456789\r\n0\r\n\r\n"),
        New("a long extension", $"5;{new string('x', 3000)}\r\nhello\r\n0\r\n\r\n"),
        New("an extension of 20,000 bytes", $"5;{new string('x', 20_000)}\r\nhello\r\n0\r\n\r\n"),
        New("extensions everywhere", string.Concat(Enumerable.Repeat("1;a=b\r\nx\r\n", 50)) + "0;c\r\n\r\n"),
        New("a trailer of 60,000 bytes", $"0\r\nX: {new string('x', 60_000)}\r\n\r\n"),
        New("a trailer of 70,000 bytes", $"0\r\nX: {new string('x', 70_000)}\r\n\r\n"),
        New("100 trailers", $"0\r\n{string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: {i}\r\n"))}\r\n"),
        New("200 trailers", $"0\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: {i}\r\n"))}\r\n"),
        New("a declared trailer", "0\r\nX: y\r\n\r\n") with
        {
            Answer = "HTTP/1.1 200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
        },
    ];

    /// <summary>Each byte there is, in an extension.</summary>
    internal static IEnumerable<Exchange> ExtensionBytes => Enumerable.Range(0, 256)
        .Select(one => New($"extension with byte {one:X2}", $"5;a{(char)one}b\r\nhello\r\n0\r\n\r\n"));

    /// <summary>Each byte there is, behind a size.</summary>
    internal static IEnumerable<Exchange> SizeBytes => Enumerable.Range(0, 256)
        .Select(one => New($"size with byte {one:X2}", $"5{(char)one}\r\nhello\r\n0\r\n\r\n"));

    private static Exchange New(string name, string body) => new($"chunked: {name}", $"{Start}{body}");
}
