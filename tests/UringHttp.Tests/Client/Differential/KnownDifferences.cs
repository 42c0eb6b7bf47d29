namespace UringHttp.Tests.Client.Differential;

/// <summary>The one list of differences. The tests fail over one that is not listed, and over a listed one that is gone.</summary>
internal static class KnownDifferences
{
    private const string BadHead = "HttpRequestException InvalidResponse";
    private const string BadBody = "body HttpIOException InvalidResponse";
    private const string NotSent = "HttpRequestException Unknown";
    private const string Closed = "the connection is not used again";

    /// <summary>All but TAB, LF and CR.</summary>
    private static readonly int[] Controls = [.. Enumerable.Range(0, 32).Where(one => one is not ('\t' or '\n' or '\r')), 127];

    internal static readonly KnownDifference[] All =
    [
        new("line ends with LF alone", "taken", "refused", "what one reads as one line, another reads as two: smuggling")
        {
            Line = BadHead,
            Shown =
            [
                @"status line: HTTP/1.1 200 OK\nX: y", @"status line: HTTP/1.1 200\nX: y", "status line: bare LF everywhere",
                @"field: A: b\nC: d",
            ],
        },
        new("line of a chunked body ends with LF alone, or a CR stands alone", "taken", "refused", "CVE-2025-55315")
        {
            Line = BadBody,
            Shown =
            [
                @"chunked: size 5;a\rb", @"chunked: size 5;\r", "chunked: size 6", @"chunked: end \n", @"chunked: size ended by \n",
                @"chunked: last chunk 0\n\n", @"chunked: last chunk 0\r\n\n", @"chunked: last chunk 0\n\r\n", @"chunked: only 0\n\n",
                @"chunked: only 0\r\n\n", @"chunked: only 0\n\r\n", "chunked: extension with byte 0D", @"chunked: trailer X: y\nZ: w",
                @"chunked: trailer X: y\rz", @"chunked: last chunk 0\r\n\rx", @"chunked: only 0\r\n\rx",
            ],
        },
        new("control byte, or CR alone, in a reason or a field", "taken, or made a space", "refused", "RFC 9110 §5.5")
        {
            Line = BadHead,
            Shown =
            [
                @"status line: HTTP/1.1 200 a\x01b", @"status line: HTTP/1.1 200 a\x7Fb", @"field: A: b\x00c", @"field: A: b\rc",
                @"field: A: b\r", @"field: A: \x7F", @"framing: Content-Length: 5\x00", @"framing: Transfer-Encoding: chunked\x00",
                @"redirect: to /\x01", "field: value with byte 0D", .. Bytes("field: value", Controls),
                .. Bytes("status line: reason", Controls.Except([0])),
            ],
        },
        new("control byte in a chunk extension or a trailer", "taken", "refused", "as in fields")
        {
            Line = BadBody,
            Shown =
            [
                @"chunked: size 5;\x00", @"chunked: size 5;\x01", @"chunked: size 5;\x7F", @"chunked: trailer X: a\x00b",
                .. Bytes("chunked: extension", Controls),
            ],
        },
        new("field folded over lines, or space before the colon", "taken", "refused", "RFC 9112 §5.1 and §5.2: smuggling")
        {
            Line = BadHead,
            Shown =
            [
                "field: A : b", "field:  A: b", @"field: \x09A: b", @"field: A: b\r\n c", @"field: A: b\r\n\x09c",
                @"field: A: b\r\n c\r\n d", @"field: A: b\r\n \r\nC: d", @"field: A:\r\n b", @"framing: Content-Length: 5\r\n 5",
                @"framing: Transfer-Encoding: chunked\r\n ", @"framing: Transfer-Encoding: \r\n chunked",
            ],
        },
        new("the same in a trailer", "taken", "refused", "as in fields")
        {
            Line = BadBody,
            Shown = ["chunked: trailer X : y", @"chunked: trailer X: y\r\n z"],
        },
        new("trailer that is no field", "`HttpRequestException`", "`HttpIOException`", "that is what bodies fail with")
        {
            Line = BadBody,
            Shown = ["chunked: trailer  X: y", "chunked: trailer : y", "chunked: trailer X", @"chunked: trailer X\x00: y"],
        },
        new("Content-Length that is no number", "left out of account: until the close", "refused", "RFC 9112 §6.3: smuggling")
        {
            Line = BadHead,
            Shown =
            [
                .. new[]
                {
                    "+5", "-5", "-0", "5a", "a5", "0x5", "5.0", "5e0", "5,6", "5,", ",5", "5;", "\"5\"", "", " ", "5 5", "\\x665", "\\xB5",
                    "9223372036854775808", "18446744073709551621", "99999999999999999999",
                }.Select(value => $"framing: Content-Length: {value}"),
                .. NotHead("Content-Length: x\\r\\n\\r\\nhello"),
            ],
        },
        new("differing Content-Lengths", "the first one", "refused", "RFC 9112 §6.3: smuggling")
        {
            Line = BadHead,
            Shown = ["framing: two lengths", "framing: a length and a bad one", "framing: a length and an empty one"],
        },
        new("Content-Length beside Transfer-Encoding", "the latter", "refused", "RFC 9112 §6.1: smuggling")
        {
            Line = BadHead,
            Shown =
            [
                "framing: length, then chunked", "framing: chunked, then length", "framing: length and identity",
                "framing: length and chunked in 1.0", .. NotHead("Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nhello"),
            ],
        },
        new("Transfer-Encoding that is not chunked alone, or in HTTP/1.0", "until the close", "refused", "nobody would know what it is")
        {
            Line = BadHead,
            Shown =
            [
                .. new[]
                {
                    "\"chunked\"", "chunked;a=b", "chunked;q=0.5", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity",
                    "identity, chunked", "chunked, identity", "gzip", "deflate", "x", "xchunked", "chunkedx", "chunke", "chun\\xE9", "",
                    " ", "chunked x", "x chunked", "chunked\\r\\nTransfer-Encoding: chunked", "chunked\\r\\nTransfer-Encoding: identity",
                    "identity\\r\\nTransfer-Encoding: chunked", "gzip\\r\\nTransfer-Encoding: chunked",
                }.Select(value => $"framing: Transfer-Encoding: {value}"),
                "framing: chunked in 1.0",
            ],
        },
        new("white space behind a chunk's size", "taken", "refused", "not every server on the way takes it: smuggling")
        {
            Line = BadBody,
            Shown =
            [
                "chunked: size 5 ", "chunked: size 5  ", @"chunked: size 5\x09", "chunked: size 5 ;a", @"chunked: size 5\x09;a",
                @"chunked: size ended by  \r\n", @"chunked: last chunk 0 \r\n\r\n", @"chunked: only 0 \r\n\r\n",
                "chunked: size with byte 09", "chunked: size with byte 20",
            ],
        },
        new("chunk size of more than 16 digits, or of 2^63 and more", "zeros are skipped", "refused", "a limit, and not a negative size")
        {
            Line = BadBody,
            Shown =
            [
                "chunked: size 00000000000000005", "chunked: size 000000000000000000000000000005", "chunked: size 8000000000000000",
                "chunked: size ffffffffffffffff", @"chunked: last chunk 00000000000000000\r\n\r\n",
                @"chunked: only 00000000000000000\r\n\r\n",
            ],
        },
        new("extensions of more than 16 KiB", "`HttpRequestException` without an error", "`InvalidResponse`", "the same class as others")
        {
            Line = BadBody,
            Shown = ["chunked: an extension of 20,000 bytes"],
        },
        new("more than 100 trailers, or 64 KiB of them", "taken; `HttpRequestException`", "`HttpIOException`", "as with fields")
        {
            Line = "body HttpIOException ConfigurationLimitExceeded",
            Shown = ["chunked: 200 trailers", "chunked: a trailer of 70,000 bytes"],
        },
        new("more than 1000 fields", "taken", "`ConfigurationLimitExceeded`", "each of them costs more than its bytes")
        {
            Line = "HttpRequestException ConfigurationLimitExceeded",
            Shown = ["field: 3,000 fields"],
        },
        new("trailers of a body that breaks off in them", "those that came", "none", "they may not be whole")
        {
            Line = "body HttpIOException ResponseEnded",
            Shown = ["cut: chunks, after 79 bytes"],
        },
        new("status below 100", "taken", "refused", "there is none (RFC 9110 §15)")
        {
            Line = BadHead,
            Shown = ["status line: HTTP/1.1 000 OK", "status line: HTTP/1.1 099 OK"],
        },
        new("HTTP/1.2 to 1.9", "that version", "1.1", "there is none; what came is read as 1.1 (RFC 9110 §2.5)")
        {
            Line = "200 [OK] HTTP/1.1",
            Shown = ["status line: HTTP/1.2 200 OK", "status line: HTTP/1.9 200 OK", "reuse: 1.2"],
        },
        new("HTTP/1.0 without keep-alive, or a request with Connection: close", "used again", "closed", "RFC 9112 §9.3 and §9.6")
        {
            Line = Closed,
            Shown =
            [
                "reuse: 1.0", "reuse: HEAD gets 1.0", "request: HTTP/1.0, *", "request: field Connection: close*", "request: closing",
            ],
        },
        new(
            "connection closes without an answer",
            "three more tries, of a POST too",
            "one more, if it was used before and the method is idempotent",
            "it may have been heard")
        {
            Line = "HttpRequestException ResponseEnded",
            Shown =
            [
                "status line: nothing at all", "cut: a length, after 0 bytes", "cut: chunks, after 0 bytes",
                "cut: until close, after 0 bytes", "cut: a 100 before it, after 0 bytes", "cut: no content, after 0 bytes",
                "cut: a redirect, after 0 bytes",
                .. new[] { "HEAD", "POST", "PUT", "DELETE", "PATCH" }.Select(method => $"cut: {method} without a content gets nothing"),
            ],
        },
        new("ws://", "in http's pool", "in its own", "what it is used for does not come back")
        {
            Line = Closed,
            Shown = ["request: ws", "redirect: to ws://127.0.0.1:{port}/x"],
        },
        new("redirect to what is not http", "tried, or `UriFormatException`", "`HttpRequestException`", "its message names the target")
        {
            Line = NotSent,
            Shown =
            [
                "redirect: to file:///etc/passwd", "redirect: to javascript:x", "redirect: to data:,x", "redirect: to about:blank",
                "redirect: to localhost:{port}/x", "redirect: to ftp://127.0.0.1/x", "redirect: to mailto:x",
            ],
        },
        new("Digest with a qop that is not auth", "answered", "not answered", "the answer would be wrong")
        {
            Line = "401 [x]",
            Shown =
            [
                "challenge: 401 Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"",
                "challenge: 401 Digest realm=\"x\", nonce=\"y\", qop=x",
            ],
        },
        new("challenge that breaks the grammar", "guessed at", "left out of account", "credentials go to nobody by mistake")
        {
            Line = "401 [x]",
            Shown = ["challenge: 401 Basic realm=\"x\"junk"],
        },
        new("realm of a digest without quotes, or with an escape", "not answered; escaped twice", "answered as it is", "RFC 9110 §5.6.4")
        {
            Line = "> GET / HTTP/1.1",
            Shown = ["challenge: 401 Digest realm=x, nonce=y", "challenge: 401 Digest realm=\"a\\\"b\", nonce=\"y\""],
        },
        new("gzip twice, or x-gzip", "left as it is", "decoded", "RFC 9110 §8.4")
        {
            Line = "length ",
            Shown =
            [
                .. from coding in new[] { "gzip, gzip", @"gzip\r\nContent-Encoding: gzip", "x-gzip" }
                   from body in new[] { "hello", string.Empty }
                   select $"coding: {coding} of '{body}' with All",
            ],
        },
        new("control byte, or a broken line, in a field of a request", "sent, or sent as one line", "not sent", "injection")
        {
            Line = NotSent,
            Shown =
            [
                .. new[] { @"a\x01b", @"a\x7Fb", @"a\x00b", @"a\rb", @"a\nb", @"a\r\nb", @"a\r\n b" }
                    .Select(value => $"request: field X: {value}"),
            ],
        },
        new("white space in a target, by an own `UriCreationOptions`", "sent", "not sent", "it would break the request line")
        {
            Line = NotSent,
            Shown = ["request: dangerous paths are not changed"],
        },
        new("request with a Transfer-Encoding of its own", "sent", "`NotSupportedException`", "only chunked is spoken")
        {
            Line = "NotSupportedException",
            Shown = ["request: field Transfer-Encoding: *"],
        },
        new("Host of the caller's own", "in its place among the fields, and twice if it is no host", "first, once", "RFC 9112 §3.2")
        {
            Line = "200 [OK]",
            Shown = ["request: field Host: a b", "request: fields out of order"],
        },
        new("TRACE", "says Content-Length: 0", "says nothing", "it never has a content (RFC 9110 §9.3.8)")
        {
            Line = "> TRACE / HTTP/1.1",
            Shown = ["request: method TRACE"],
        },
        new("HTTP/2 and nothing lower, without TLS", "HTTP/2", "`VersionNegotiationError`", "see `UringConnectCallback`")
        {
            Line = "HttpRequestException VersionNegotiationError",
            Shown = ["request: HTTP/2.0, RequestVersionOrHigher", "request: HTTP/2.0, RequestVersionExact"],
        },
    ];

    private static IEnumerable<string> Bytes(string place, IEnumerable<int> bytes) => bytes.Select(one => $"{place} with byte {one:X2}");

    /// <summary>The fields in all answers that may have a body.</summary>
    private static IEnumerable<string> NotHead(string fields) =>
    [
        .. new[] { "203", "205", "206", "300", "400" }.Select(status => $"framing: {status} with {fields}"),
        .. new[] { "GET", "POST", "DELETE", "OPTIONS", "PATCH", "QUERY" }.Select(method => $"framing: {method} gets {fields}"),
    ];
}
