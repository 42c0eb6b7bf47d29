using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Cookies: compared with the stock handler's, and what it does not show.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class CookieTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static readonly string[] SetCookies =
    [
        "a=1", "a=1; path=/", "a=1; path=/d", "a=1; path=/d/; httponly", "a=1; domain=127.0.0.1", "a=1; domain=example.org", "a=1; secure",
        "a=1; max-age=0", "a=1; max-age=1000", "a=1; max-age=junk", "a=1; expires=Sun, 06 Nov 1994 08:49:37 GMT",
        "a=1; expires=Sun, 06 Nov 2094 08:49:37 GMT; path=/", "a=1, b=2", "a=1; b=2", "a", "=1", "", ";", "a=", "a=\"x;y\"", "a=1 2",
        "a=caf\xe9", "$a=1", "a=1; samesite=strict; partitioned", "a=1; port=\"1,2\"", "a=1; version=1; comment=x", "a b=1", "a=1; path=/e",
        "__Host-a=1; secure; path=/",
    ];

    private static IEnumerable<Scenario> Scenarios()
    {
        foreach (string field in SetCookies)
        {
            yield return New($"Set-Cookie: {field}", field);
        }

        yield return New("two fields", "a=1; path=/", "b=2; path=/");
        yield return New("one replaces another", "a=1; path=/", "a=2; path=/");
        yield return New("a bad one between good ones", "a=1; path=/", "=", "b=2; path=/");
        yield return New("a bomb of many", [.. Enumerable.Range(0, 500).Select(i => $"a{i}=1; path=/")]);
        yield return New("a bomb of length", $"a={new string('x', 5000)}; path=/", "b=2; path=/");
        yield return New("not used", "a=1; path=/") with { Set = settings => settings.UseCookies = false };
        yield return New("own field", "a=1; path=/") with
        {
            Requests = uri =>
            {
                var second = new HttpRequestMessage(HttpMethod.Get, uri);
                second.Headers.Add("Cookie", ["own=1", "own=2"]);
                return [new HttpRequestMessage(HttpMethod.Get, uri), second];
            },
        };
        yield return New("on an error, with a content", "a=1; path=/") with
        {
            Answer = _ => "HTTP/1.1 404 x\r\nSet-Cookie: a=1; path=/\r\nContent-Length: 0\r\n\r\n",
            Requests = uri =>
            [
                new HttpRequestMessage(HttpMethod.Get, uri),
                new HttpRequestMessage(HttpMethod.Put, uri) { Content = new StringContent("c") },
            ],
        };
        yield return New("given") with
        {
            Answer = _ => Ok,
            Set = settings =>
            {
                settings.Cookies = new CookieContainer();
                settings.Cookies.Add(new Cookie("b", "2", "/d", "127.0.0.1"));
                settings.Cookies.Add(new Cookie("c", "3", "/", "localhost"));
                settings.Cookies.Add(new Cookie("a", "1", "/", "127.0.0.1"));
            },
        };
        yield return New("on the way") with
        {
            Answer = request => request.Target switch
            {
                "/" => "HTTP/1.1 302 x\r\nLocation: /1\r\nSet-Cookie: a=1; path=/\r\nContent-Length: 0\r\n\r\n",
                "/1" => "HTTP/1.1 302 x\r\nLocation: /2\r\nSet-Cookie: b=1; path=/\r\nSet-Cookie: a=2; path=/\r\nContent-Length: 0\r\n\r\n",
                _ => Ok,
            },
        };
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task Cookies_go_as_with_the_stock_handler(object scenario) =>
        await StockComparison.AssertSameAsync((Scenario)scenario, Loop, CallAsync);

    [Test]
    public async Task The_options_container_is_the_one_that_is_used()
    {
        var options = new UringHttpHandlerOptions();
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(options);
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
        Assert.That(options.CookieContainer.GetCookieHeader(peer.Uri), Is.EqualTo("a=1"));
        Assert.That(() => options.CookieContainer = null!, Throws.ArgumentNullException);
    }

    [Test]
    public async Task A_cookie_that_is_not_fit_to_be_sent_fails_the_request_and_nothing_else()
    {
        var cookies = new CookieContainer();
        cookies.Add(new Cookie("a", "caf\xe9", "/bad", "127.0.0.1"));
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { CookieContainer = cookies });
        await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(() => client.GetAsync(new Uri(peer.Uri, "/bad"))));
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>The first request gets the cookies; the others show for where they are.</summary>
    private static Scenario New(string name, params string[] fields) => new(name)
    {
        Answer = request => request.Target == "/d/first"
            ? $"HTTP/1.1 200 OK\r\n{string.Concat(fields.Select(field => $"Set-Cookie: {field}\r\n"))}Content-Length: 0\r\n\r\n"
            : Ok,
        Requests = uri =>
        [
            .. new[] { "/d/first", "/d/second", "/d", "/", "/e" }
                .Select(path => new HttpRequestMessage(HttpMethod.Get, new Uri(uri, path))),
        ],
    };
}
