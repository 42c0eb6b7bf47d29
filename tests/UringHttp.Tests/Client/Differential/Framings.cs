namespace UringHttp.Tests.Client.Differential;

/// <summary>Where a body ends: lengths, codings, statuses and methods without a body, connections that close.</summary>
internal static class Framings
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    /// <summary>Values of Content-Length, before the five bytes "hello".</summary>
    private static readonly string[] Lengths =
    [
        "5", "0", "1", "4", "6", "05", "000000000000000000005", "+5", "-5", "-0", "5 ", " 5", "\t5", "5\t", "5a", "a5", "0x5", "5.0",
        "5e0", "5,5", "5, 5", "5,6", "5,", ",5", "5;", "\"5\"", "", " ", "5 5", "2147483648", "4294967301", "9223372036854775807",
        "9223372036854775808", "18446744073709551621", "99999999999999999999", "\u0665", "\u00b5", "5\0", "5\r\n 5",
    ];

    /// <summary>Values of Transfer-Encoding, before a chunked "hello".</summary>
    private static readonly string[] Codings =
    [
        "chunked", "Chunked", "CHUNKED", " chunked ", "chunked\t", "\tchunked", "\"chunked\"", "chunked;a=b", "chunked;q=0.5",
        "chunked,", ",chunked", ", ,chunked", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity", "identity, chunked",
        "chunked, identity", "gzip", "deflate", "x", "xchunked", "chunkedx", "chunke", "chunked\0", "chun\u00e9", "", " ", "chunked x",
        "x chunked", "chunked\r\n ", "\r\n chunked", "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: identity",
        "identity\r\nTransfer-Encoding: chunked", "gzip\r\nTransfer-Encoding: chunked",
    ];

    private static readonly string[] Bodiless = ["204", "205", "304", "203", "206", "300", "400"];

    private static readonly string[] BodyFields =
    [
        "Content-Length: 5\r\n\r\nhello", "Content-Length: 0\r\n\r\n", "\r\n", "\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "Content-Length: x\r\n\r\nhello",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n",
        "Content-Encoding: gzip\r\n\r\n",
    ];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH", "QUERY", "head", "Head"];

    internal static IEnumerable<Exchange> All =>
    [
        .. Lengths.Select(value => New($"Content-Length: {Exchange.Visible(value)}", $"{Ok}Content-Length: {value}\r\n\r\nhello")),
        .. Codings.Select(value => New(
            $"Transfer-Encoding: {Exchange.Visible(value)}", $"{Ok}Transfer-Encoding: {value}\r\n\r\n5\r\nhello\r\n0\r\n\r\n")),
        .. Exchange.Answers(
            "framing",
            ("two equal lengths", $"{Ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
            ("two lengths", $"{Ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            ("a length and a bad one", $"{Ok}Content-Length: 5\r\nContent-Length: x\r\n\r\nhello"),
            ("a length and an empty one", $"{Ok}Content-Length: 5\r\nContent-Length:\r\n\r\nhello"),
            ("length, then chunked", $"{Ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            ("chunked, then length", $"{Ok}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            ("length and identity", $"{Ok}Content-Length: 5\r\nTransfer-Encoding: identity\r\n\r\nhello"),
            ("until close", $"{Ok}\r\nhello"),
            ("until close, empty", $"{Ok}\r\n"),
            ("until close in 1.0", "HTTP/1.0 200 OK\r\n\r\nhello"),
            ("length in 1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            ("chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            ("length and chunked in 1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"),
            ("close without a length", $"{Ok}Connection: close\r\n\r\nhello"),
            ("keep-alive without a length", $"{Ok}Connection: keep-alive\r\n\r\nhello"),
            ("body of a redirect that is not followed", "HTTP/1.1 304 x\r\nLocation: /x\r\n\r\n")),
        .. from status in Bodiless
           from fields in BodyFields
           select New($"{status} with {Exchange.Visible(fields)}", $"HTTP/1.1 {status} x\r\n{fields}"),
        .. from method in Methods
           from fields in BodyFields
           select New($"{method} gets {Exchange.Visible(fields)}", $"{Ok}{fields}") with
           {
               Request = uri => new HttpRequestMessage(new HttpMethod(method), uri),
           },
    ];

    /// <summary>Whether the connection serves the next request.</summary>
    internal static IEnumerable<Exchange> Reuse =>
    [
        .. Exchange.OpenAnswers(
            "reuse",
            ("length", $"{Ok}Content-Length: 5\r\n\r\nhello"),
            ("no length", $"{Ok}Content-Length: 0\r\n\r\n"),
            ("chunked", $"{Ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            ("chunked with trailers", $"{Ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
            ("204", "HTTP/1.1 204 x\r\n\r\n"),
            ("304", "HTTP/1.1 304 x\r\n\r\n"),
            ("304 with a length", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"),
            ("404", "HTTP/1.1 404 x\r\nContent-Length: 5\r\n\r\nhello"),
            ("500", "HTTP/1.1 500 x\r\nContent-Length: 5\r\n\r\nhello"),
            ("more than its length", $"{Ok}Content-Length: 5\r\n\r\nhello more"),
            ("another answer behind it", $"{Ok}Content-Length: 5\r\n\r\nhello{Ok}Content-Length: 4\r\n\r\nevil"),
            ("an empty line behind it", $"{Ok}Content-Length: 5\r\n\r\nhello\r\n"),
            ("an answer behind a chunked one", $"{Ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Ok}Content-Length: 4\r\n\r\nevil"),
            ("a body behind a 204", "HTTP/1.1 204 x\r\n\r\nhello"),
            ("a body behind a 204 with a length", "HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\nhello"),
            ("a body behind a 304", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\nhello"),
            ("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            ("1.0 keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"),
            ("1.0 close", "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
            ("1.2", "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
            ("Proxy-Connection: close", $"{Ok}Proxy-Connection: close\r\nContent-Length: 5\r\n\r\nhello")),
        .. new[]
        {
            "close", "Close", "keep-alive", "Keep-Alive", "", " ", "close, x", "x, close", "x,close", "keep-alive, close",
            "close, keep-alive", "\"close\"", "closed", "upgrade", "x", "clo se", ",close,", "x\r\nConnection: close",
            "close\r\nConnection: keep-alive", "keep-alive\r\nKeep-Alive: timeout=60, max=5",
        }.Select(value => new Exchange(
            $"reuse: Connection: {Exchange.Visible(value)}", $"{Ok}Connection: {value}\r\nContent-Length: 5\r\n\r\nhello")
        {
            StaysOpen = true,
        }),
        Head("length", $"{Ok}Content-Length: 5\r\n\r\n"),
        Head("chunked", $"{Ok}Transfer-Encoding: chunked\r\n\r\n"),
        Head("nothing", $"{Ok}\r\n"),
        Head("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"),
        Head("a body all the same", $"{Ok}Content-Length: 5\r\n\r\nhello"),
    ];

    private static Exchange Head(string name, string answer) => new($"reuse: HEAD gets {name}", answer)
    {
        Request = uri => new HttpRequestMessage(HttpMethod.Head, uri),
        StaysOpen = true,
    };

    private static Exchange New(string name, string answer) => new($"framing: {name}", answer);
}
