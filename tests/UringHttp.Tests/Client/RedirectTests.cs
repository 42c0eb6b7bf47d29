using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Redirects: compared with the stock handler's, and what it does not show.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class RedirectTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "post", "REPORT"];

    private static IEnumerable<Scenario> Scenarios()
    {
        foreach (int status in new[] { 300, 301, 302, 303, 304, 305, 306, 307, 308 })
        {
            foreach (string method in Methods)
            {
                yield return Simple($"{method} {status}", status, "/there", uri => Request(method, uri, method is "POST" or "PUT"));
            }

            yield return Simple($"chunked POST {status}", status, "/there", ChunkedPost);
        }

        string[] locations =
        [
            "/there", "there", "?q", "#f", "", "//127.0.0.1:{port}/x", "http://127.0.0.1:{port}/x?y#z", "/a b", "/\xe9", "/%c3%a9", "..",
            "gopher:", "http://", "://", "/a\\b", "HTTP://127.0.0.1:{port}/up", "http://u:p@127.0.0.1:{port}/user",
        ];
        foreach (string location in locations)
        {
            yield return Simple($"to '{location}'", 302, location, uri => Request("GET", new Uri(uri, "/d/here?k=v"), false));
            yield return Simple($"to '{location}' from a part", 302, location, uri => Request("GET", new Uri(uri, "/d/here#part"), false));
        }

        yield return new("two locations")
        {
            Answer = request => request.Target == "/" ? "HTTP/1.1 302 x\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" : Ok,
        };
        yield return new("no location") { Answer = _ => "HTTP/1.1 302 x\r\nContent-Length: 5\r\n\r\nhello" };
        foreach (int limit in new[] { 1, 2, 3, 50 })
        {
            yield return new($"a loop, at most {limit}")
            {
                Answer = request => $"HTTP/1.1 302 x\r\nLocation: {request.Target}a\r\nContent-Length: 2\r\n\r\nxx",
                Set = settings => settings.MaxAutomaticRedirections = limit,
            };
        }

        yield return new("not allowed")
        {
            Answer = _ => "HTTP/1.1 302 x\r\nLocation: /there\r\nContent-Length: 2\r\n\r\nxx",
            Set = settings => settings.AllowAutoRedirect = false,
        };
        yield return Simple("fields", 302, "/there", uri =>
        {
            HttpRequestMessage request = Request("GET", uri, false);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
            request.Headers.Add("X-Own", "1");
            request.Headers.Add("Cookie", "own=1");
            request.Headers.Host = "example.org";
            return request;
        });
        yield return new("several statuses")
        {
            Answer = request => request.Target switch
            {
                "/" => "HTTP/1.1 307 x\r\nLocation: /1\r\nContent-Length: 0\r\n\r\n",
                "/1" => "HTTP/1.1 308 x\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n",
                "/2" => "HTTP/1.1 302 x\r\nLocation: /3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                "/3" => "HTTP/1.1 301 x\r\nLocation: /4\r\nConnection: close\r\n\r\nabc",
                _ => Ok,
            },
            Requests = uri => [Request("POST", uri, true)],
        };
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task A_redirect_is_followed_as_the_stock_handler_does(object scenario) =>
        await StockComparison.AssertSameAsync((Scenario)scenario, Loop, CallAsync);

    [TestCase("https://a/", "http://a/", null)]
    [TestCase("https://a/", "https://b/", "https://b/")]
    [TestCase("https://a/", "/x", "https://a/x")]
    [TestCase("http://a/", "https://a/", "https://a/")]
    [TestCase("https://a/", "ftp://a/", null)]
    public void From_https_only_https_is_followed(string from, string location, string? target)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Found);
        response.Headers.TryAddWithoutValidation("Location", location);
        Assert.That(RedirectRules.GetTarget(new Uri(from), response), Is.EqualTo(target is null ? null : new Uri(target)));
    }

    /// <summary>The stock handler would speak HTTP to the port of that scheme.</summary>
    [TestCase("ftp://127.0.0.1/")]
    [TestCase("file:///etc/passwd")]
    [TestCase("mailto:a@b")]
    public async Task To_what_is_not_http_nothing_is_followed(string location)
    {
        await using var peer = ScriptedPeer.Answering($"HTTP/1.1 302 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient();
        HttpRequestException? thrown = await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(() => client.GetAsync(peer.Uri)));
        Assert.That(thrown!.Message, Does.Contain(location));
    }

    [Test]
    public async Task A_short_body_on_the_way_does_not_cost_the_connection(
        [Values("Content-Length: 0\r\n\r\n", "Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
        string rest)
    {
        await using var peer = new RecordingPeer(request =>
            request.Target == "/" ? $"HTTP/1.1 302 x\r\nLocation: /there\r\n{rest}" : Ok);
        HttpClient client = NewClient();
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [TestCase("Content-Length: 10000000\r\n\r\nabc")]
    [TestCase("Content-Length: 1000\r\n\r\nabc")]
    [TestCase("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    public async Task A_body_on_the_way_that_does_not_end_holds_up_nothing(string rest)
    {
        await using var peer = new RecordingPeer(request =>
            request.Target == "/" ? $"HTTP/1.1 302 x\r\nLocation: /there\r\n{rest}" : Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(peer.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task A_content_that_is_still_being_sent_is_not_sent_twice_at_once()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            string head = (await peer.ReadHeadAsync())!;
            if (head.StartsWith("POST / ", StringComparison.Ordinal))
            {
                await peer.WriteAsync("HTTP/1.1 307 x\r\nLocation: /there\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                await peer.WaitForCloseAsync();
                return;
            }

            byte[] got = await peer.ReadAsync(8_000_000);
            bool same = got.AsSpan().SequenceEqual(ExchangeTests.MakeBody(8_000_000));
            await peer.WriteAsync(same ? Ok : "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
        });
        HttpClient client = NewClient();
        var content = new StreamContent(new MemoryStream(ExchangeTests.MakeBody(8_000_000)));
        using HttpResponseMessage response = await CallAsync(() => client.PostAsync(peer.Uri, content));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Cancellation_ends_it_between_two_requests()
    {
        using var cancel = new CancellationTokenSource();
        await using var peer = new RecordingPeer(request => $"HTTP/1.1 302 x\r\nLocation: {request.Target}a\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxAutomaticRedirections = int.MaxValue });
        Task<HttpResponseMessage> get = CallAsync(() => client.GetAsync(peer.Uri, cancel.Token));
        await Support.Patience.Until(() => peer.Requests.Count > 5);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => get, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Code_stays_where_it_is()
    {
        await using var peer = new RecordingPeer(request =>
            request.Target == "/" ? "HTTP/1.1 302 x\r\nLocation: /there\r\nContent-Length: 3\r\n\r\nabc" : Ok);
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            await client.GetStringAsync(peer.Uri);
            Assert.That(Loop.IsLoopThread, Is.EqualTo(Caller == Caller.Loop));
        });
    }

    private static Scenario Simple(string name, int status, string location, Func<Uri, HttpRequestMessage> request) => new(name)
    {
        Answer = got => got.Target is "/" or "/d/here?k=v" or "/d/here"
            ? $"HTTP/1.1 {status} x\r\nLocation: {location}\r\n{(status == 304 ? "" : "Content-Length: 0\r\n")}\r\n"
            : $"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{(got.Method == "HEAD" ? "" : "hello")}",
        Requests = uri => [request(uri)],
    };

    private static HttpRequestMessage Request(string method, Uri uri, bool content) => new(new HttpMethod(method), uri)
    {
        Content = content ? new StringContent("content") : null,
    };

    private static HttpRequestMessage ChunkedPost(Uri uri)
    {
        HttpRequestMessage request = Request("POST", uri, true);
        request.Headers.TransferEncodingChunked = true;
        return request;
    }
}
