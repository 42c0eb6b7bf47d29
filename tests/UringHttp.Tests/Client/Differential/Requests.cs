using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace UringHttp.Tests.Client.Differential;

/// <summary>What goes out: the same request, byte for byte.</summary>
internal static class Requests
{
    private static readonly string[] Methods =
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "QUERY", "PROPFIND", "get", "Get", "post", "delete",
        "patch", "x", "X-Y", "M!#$%&'*+.^_`|~",
    ];

    /// <summary>Behind http://127.0.0.1:port.</summary>
    private static readonly string[] Targets =
    [
        "", "/", "?", "?a", "/?", "/a", "/a/", "/a?b=c", "/a?b=c&d=e", "/a?b?c", "/a#b", "/a?b#c", "#b", "/a%20b", "/a b", "/a+b",
        "/caf\u00e9", "/caf%C3%A9", "/caf%c3%a9", "/%e9", "/\u65e5\u672c", "/\U0001F600", "/a?q=caf\u00e9", "/a?q=%E9", "/./a",
        "/a/../b", "/a/..", "/../a", "/a//b", "//a", "/a;b=c", "/a:b", "/a@b", "/a=b", "/a,b", "/a'b", "/a\"b", "/<a>", "/{a}", "/[a]",
        "/a|b", "/a\\b", "/a^b", "/a`b", "/%", "/%zz", "/%2", "/%2F", "/%2e%2e/a", "/%00", "/a?b=%00", "/a?b= c", "/a?b=\"c\"",
        "/a?b=<c>", "/a?b=[c]", "/a?b={c}", "/a?b=\\c", "/a?b=c#", "/~a", "/a%7Eb", "/%41", "/a?%41", "/*", "/(a)", "/a!b", "/a$b",
        "/a&b",
    ];

    private static readonly (string Name, string Value)[] Fields =
    [
        ("X", "y"), ("X", ""), ("X", " y "), ("X", "a b"), ("X", "a\tb"), ("X", "a, b"), ("X", "\"a\""), ("x-lower", "y"),
        ("X-UPPER", "y"), ("Accept", "*/*"), ("Accept", "a/b;q=0.5, c/d"), ("Accept", "x"), ("Accept-Encoding", "gzip"),
        ("Accept-Language", "en"), ("Accept-Charset", "utf-8"), ("Authorization", "Bearer x"), ("Authorization", "x y z"),
        ("Cache-Control", "no-cache"), ("Connection", "close"), ("Connection", "keep-alive"), ("Connection", "x"),
        ("Connection", "close, x"), ("Cookie", "a=b"), ("Cookie", "a=b; c=d"), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Date", "x"),
        ("From", "x"), ("Host", "x"), ("Host", "x:1"), ("Host", "a.example"), ("Host", "a b"), ("If-Match", "\"x\""),
        ("If-None-Match", "x"), ("If-Modified-Since", "x"), ("If-Range", "x"), ("Keep-Alive", "timeout=5"), ("Max-Forwards", "5"),
        ("Origin", "x"), ("Pragma", "no-cache"), ("Proxy-Authorization", "Basic x"), ("Proxy-Connection", "close"),
        ("Range", "bytes=0-1"), ("Range", "x"), ("Referer", "http://a/"), ("Referer", "x"), ("TE", "trailers"), ("Trailer", "X"),
        ("Upgrade", "x"), ("User-Agent", "a/1 (b) c/2"), ("User-Agent", "("), ("Via", "1.1 x"), ("Via", "x"), ("Warning", "x"),
        ("X", "caf\u00e9"), ("X", "\u65e5"), ("X", "\u0080"), ("X", "a\u0001b"), ("X", "a\u007fb"), ("X", "a\0b"), ("X", "a\rb"),
        ("X", "a\nb"), ("X", "a\r\nb"), ("X", "a\r\n b"), ("Expect", "x"), ("Sec-Fetch-Mode", "cors"), ("Content-X", "y"),
        ("Transfer-Encoding", "identity"), ("Transfer-Encoding", "gzip, chunked"),
    ];

    private static readonly (string Name, Func<HttpContent> New)[] Contents =
    [
        ("bytes", () => new ByteArrayContent("hello"u8.ToArray())),
        ("no bytes", () => new ByteArrayContent([])),
        ("a string", () => new StringContent("caf\u00e9")),
        ("an empty string", () => new StringContent(string.Empty)),
        ("JSON", () => new StringContent("{}", Encoding.UTF8, "application/json")),
        ("a stream", () => new StreamContent(new MemoryStream("hello"u8.ToArray()))),
        ("an empty stream", () => new StreamContent(new MemoryStream())),
        ("a stream without a length", () => new Unmeasured("hello")),
        ("an empty stream without a length", () => new Unmeasured(string.Empty)),
        ("a form", () => new FormUrlEncodedContent([new("a", "b c"), new("d", "\u00e9&=")])),
        ("a multipart", () => new MultipartFormDataContent("b") { { new StringContent("x"), "a" } }),
        ("read-only memory", () => new ReadOnlyMemoryContent("hello"u8.ToArray())),
        ("with fields", () => With(new StringContent("x"), ("Content-Language", "en"), ("Content-Encoding", "x"), ("Content-X", "y"))),
        ("with a Content-Type that is none", () => With(new ByteArrayContent([1]), ("Content-Type", "x y"))),
        ("with its length set", () => With(new ByteArrayContent([65]), ("Content-Length", "1"))),
        ("with a length that is none", () => With(new Unmeasured("x"), ("Content-Length", "x"))),
        ("with an obs-text field", () => With(new ByteArrayContent([65]), ("Content-X", "\u00e9"))),
    ];

    internal static IEnumerable<Exchange> Lines =>
    [
        .. Methods.SelectMany(method => new[]
        {
            New($"method {method}", uri => new HttpRequestMessage(new HttpMethod(method), uri)) with { StaysOpen = method != "HEAD" },
            New($"method {method} with a content", uri => new HttpRequestMessage(new HttpMethod(method), uri)
            {
                Content = new StringContent("c"),
            }) with { StaysOpen = method != "HEAD" },
        }),
        .. Targets.Select(target => New($"target {Exchange.Visible(target)}", uri => Get($"http://127.0.0.1:{uri.Port}{target}"))),
        New("localhost", uri => Get($"http://localhost:{uri.Port}/")),
        New("LOCALHOST", uri => Get($"HTTP://LOCALHOST:{uri.Port}/A")),
        New("userinfo", uri => Get($"http://me:secret@127.0.0.1:{uri.Port}/")),
        New("a number for a host", uri => Get($"http://2130706433:{uri.Port}/")),
        New("a short address", uri => Get($"http://127.1:{uri.Port}/")),
        New("IPv6 that leads nowhere", _ => Get("http://[::1]:9/")) with { StaysOpen = false },
        New("a relative URI", _ => Get("/x")) with { StaysOpen = false },
        New("no URI", _ => new HttpRequestMessage()) with { StaysOpen = false },
        New("ftp", _ => Get("ftp://127.0.0.1/")) with { StaysOpen = false },
        New("ws", uri => Get($"ws://127.0.0.1:{uri.Port}/")),
        New("dangerous paths are not changed", uri => new HttpRequestMessage(HttpMethod.Get, new Uri(
            $"http://127.0.0.1:{uri.Port}/a/../%41 b",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))),
        .. from version in new[] { "1.0", "1.1", "1.2", "2.0", "3.0", "0.9" }
           from policy in Enum.GetValues<HttpVersionPolicy>()
           select New($"HTTP/{version}, {policy}", uri => new HttpRequestMessage(HttpMethod.Get, uri)
           {
               Version = Version.Parse(version),
               VersionPolicy = policy,
           }) with
           {
               StaysOpen = version is "1.0" or "1.1",
           },
    ];

    internal static IEnumerable<Exchange> Heads =>
    [
        .. Fields.Select(one => New($"field {one.Name}: {Exchange.Visible(one.Value)}", uri =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.TryAddWithoutValidation(one.Name, one.Value);
            return request;
        })),
        New("two values", uri => With(uri, request => request.Headers.Add("X", ["a", "b"]))),
        New("two products", uri => With(uri, request => request.Headers.Add("User-Agent", ["a/1", "b/2"]))),
        New("two cookies", uri => With(uri, request => request.Headers.Add("Cookie", ["a=b", "c=d"]))),
        New("two languages", uri => With(uri, request => request.Headers.Add("Accept-Language", ["a", "b;q=0.5"]))),
        New("fields out of order", uri => With(uri, request =>
        {
            request.Headers.Add("Z", "1");
            request.Headers.Add("A", "2");
            request.Headers.Host = "h";
            request.Headers.Add("M", "3");
            request.Headers.Add("Z", "4");
        })),
        New("many fields", uri => With(uri, request =>
        {
            for (int i = 0; i < 500; i++)
            {
                request.Headers.Add($"X-{i}", $"{i}");
            }
        })),
        New("a long field", uri => With(uri, request => request.Headers.Add("X", new string('x', 100_000)))),
        New("closing", uri => With(uri, request => request.Headers.ConnectionClose = true)),
        New("not closing", uri => With(uri, request => request.Headers.ConnectionClose = false)),
        New("date", uri => With(uri, request => request.Headers.Date = DateTimeOffset.UnixEpoch)),
        New("range", uri => With(uri, request => request.Headers.Range = new RangeHeaderValue(1, null))),
        New("chunked without a content", uri => With(uri, request => request.Headers.TransferEncodingChunked = true)) with
        {
            StaysOpen = false,
        },
        New("accept-encoding set by hand", uri => With(uri, request => request.Headers.Add("Accept-Encoding", "x"))) with
        {
            Set = settings => settings.Decompression = DecompressionMethods.All,
        },
        New("accept-encoding for all", uri => Get($"{uri}")) with { Set = settings => settings.Decompression = DecompressionMethods.All },
        New("accept-encoding for gzip", uri => Get($"{uri}")) with { Set = settings => settings.Decompression = DecompressionMethods.GZip },
        New("a cookie of the container", uri => Get($"{uri}")) with
        {
            Set = settings => (settings.Cookies = new CookieContainer()).Add(new Cookie("a", "b", "/", "127.0.0.1")),
        },
        New("a cookie of each", uri => With(uri, request => request.Headers.Add("Cookie", "c=d"))) with
        {
            Set = settings => (settings.Cookies = new CookieContainer()).Add(new Cookie("a", "b", "/", "127.0.0.1")),
        },
    ];

    internal static IEnumerable<Exchange> Bodies =>
    [
        .. from content in Contents
           from version in new[] { HttpVersion.Version11, HttpVersion.Version10 }
           from chunked in new bool?[] { null, true }
           select New(
               $"content of {content.Name}, HTTP/{version}{(chunked == true ? ", chunked" : string.Empty)}",
               uri => new HttpRequestMessage(HttpMethod.Post, uri)
               {
                   Content = content.New(),
                   Version = version,
                   Headers = { TransferEncodingChunked = chunked },
               }) with
           {
               StaysOpen = version == HttpVersion.Version11,
           },
        New("a content with GET", uri => new HttpRequestMessage(HttpMethod.Get, uri) { Content = new StringContent("c") }),
        New("a content that says less", uri => Post(uri, With(new Unmeasured("hello"), ("Content-Length", "4")))) with { BreaksOff = true },
        New("a content that says more", uri => Post(uri, With(new Unmeasured("hello"), ("Content-Length", "6")))) with { BreaksOff = true },
        New("a content that throws", uri => Post(uri, new Throwing())) with { BreaksOff = true },
        New("a content with an answer that comes early", uri => Post(uri, new StringContent("x"))),
    ];

    private static Exchange New(string name, Func<Uri, HttpRequestMessage> request) =>
        new($"request: {name}", Exchange.Ok) { Request = request, StaysOpen = true };

    private static HttpRequestMessage Get(string uri) => new(HttpMethod.Get, uri);

    private static HttpRequestMessage Post(Uri uri, HttpContent content) => new(HttpMethod.Post, uri) { Content = content };

    private static HttpRequestMessage With(Uri uri, Action<HttpRequestMessage> set)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        set(request);
        return request;
    }

    private static HttpContent With(HttpContent content, params (string Name, string Value)[] fields)
    {
        foreach ((string name, string value) in fields)
        {
            content.Headers.TryAddWithoutValidation(name, value);
        }

        return content;
    }

    /// <summary>A content that does not know its length.</summary>
    private sealed class Unmeasured(string text) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Throwing : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new ArithmeticException();

        protected override bool TryComputeLength(out long length)
        {
            length = 5;
            return true;
        }
    }
}
