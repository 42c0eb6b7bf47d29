using System.Net;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>
/// Peers and callers that want to do harm: each meets an error that says what, where and what to do about it, and costs the pool
/// nothing. There is one slot in it, so that one that leaks is missed at once.
/// </summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class HostileTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly TestAuthority Authority = new("an authority for tests");

    /// <summary>A certificate and the word for what is wrong with it; none for the one that is right.</summary>
    private static readonly object?[][] Certificates =
    [
        [Authority.Sign("localhost"), null],
        [Authority.Sign("localhost", toDay: -1), "NotTimeValid"],
        [Authority.Sign("localhost", fromDay: 1), "NotTimeValid"],
        [Authority.Sign("elsewhere.example"), "RemoteCertificateNameMismatch"],
        [TestCertificate.Localhost, "UntrustedRoot"],
        [new TestAuthority("another authority").Sign("localhost"), "PartialChain"],
    ];

    private static IEnumerable<TestCaseData> CertificateCases => Certificates.Select((one, index) =>
        new TestCaseData(one).SetArgDisplayNames($"{index}", $"{one[1] ?? "good"}"));

    [TestCaseSource(nameof(CertificateCases))]
    public async Task A_certificate_is_good_or_its_fault_is_named(X509Certificate2 certificate, string? fault)
    {
        await using var peer = ScriptedPeer.Answering(Ok, TlsTests.Server(certificate));
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            MaxConnectionsPerServer = 1,
            SslOptions = { CertificateChainPolicy = Authority.Trust },
        });
        for (int i = 0; i < 3; i++)
        {
            Task<string> get = CallAsync(() => client.GetStringAsync(peer.Uri));
            if (fault is null)
            {
                Assert.That(await get, Is.EqualTo("hello"));
                continue;
            }

            HttpRequestException thrown = await get.Fails<HttpRequestException>();
            Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.SecureConnectionError));
            Assert.That(thrown.Message, Does.Contain(fault).And.Contain($"localhost:{peer.Port}"));
            await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        }
    }

    [TestCase("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", HttpStatusCode.ProxyAuthenticationRequired)]
    [TestCase("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nnone", HttpStatusCode.BadGateway)]
    public async Task A_proxy_that_forwards_may_answer_for_itself(string answer, HttpStatusCode status)
    {
        await using var proxy = ScriptedPeer.Answering(answer);
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1, Proxy = new WebProxy(proxy.Uri) });
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(new Uri("http://there.example/")));
            Assert.That(response.StatusCode, Is.EqualTo(status));
        }

        Assert.That(proxy.Accepted, Is.EqualTo(1));
    }

    [TestCase("nonsense\r\n\r\n", HttpRequestError.InvalidResponse)]
    [TestCase("", HttpRequestError.ResponseEnded)]
    [TestCase("HTTP/1.1 200", HttpRequestError.ResponseEnded)]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", HttpRequestError.ResponseEnded)]
    public async Task A_proxy_that_fails_a_request_is_named_beside_its_origin(string answer, HttpRequestError error)
    {
        await using var proxy = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(answer);
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1, Proxy = new WebProxy(proxy.Uri) });
        for (int i = 0; i < 3; i++)
        {
            HttpRequestException thrown = await CallAsync(() => client.GetStringAsync(new Uri("http://there.example/")))
                .Fails<HttpRequestException>();
            Assert.That(thrown.HttpRequestError, Is.EqualTo(error));
            string said = (thrown.InnerException ?? thrown).Message;
            Assert.That(said, Does.Contain($"127.0.0.1:{proxy.Port}").And.Contain("there.example"));
            await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        }
    }

    [Test]
    public async Task A_proxy_that_wants_credentials_says_where_they_go()
    {
        await using var proxy = ScriptedPeer.Answering("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
        string http = await FailAsync(new UringHttpHandlerOptions { Proxy = new WebProxy(proxy.Uri) }, "https://there.example/");
        Assert.That(http, Does.Contain("407").And.Contain("WebProxy.Credentials").And.Contain("DefaultProxyCredentials"));

        await using var socks = new ScriptedPeer(async peer =>
        {
            await peer.ReadAsync(3);
            await peer.WriteAsync([5, 0xFF]);
        });
        var by = new WebProxy($"socks5://127.0.0.1:{socks.Port}");
        Assert.That(
            await FailAsync(new UringHttpHandlerOptions { Proxy = by }, "http://there.example/"),
            Does.Contain("wants credentials").And.Contain("WebProxy.Credentials"));

        by.Credentials = new NetworkCredential(new string('x', 256), "secret");
        await using var asking = new ScriptedPeer(async peer =>
        {
            await peer.ReadAsync(4);
            await peer.WriteAsync([5, 2]);
            await peer.WaitForCloseAsync();
        });
        by.Address = new Uri($"socks5://127.0.0.1:{asking.Port}");
        Assert.That(await FailAsync(new UringHttpHandlerOptions { Proxy = by }, "http://there.example/"), Does.Contain("1 to 255 bytes"));
    }

    [Test]
    public async Task A_circle_of_redirects_ends_at_the_limit_with_the_answer_as_it_is()
    {
        await using var peer = new RecordingPeer(_ => "HTTP/1.1 302 x\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1, MaxAutomaticRedirections = 7 });
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
            Assert.That(response.Headers.Location, Is.EqualTo(new Uri("/again", UriKind.Relative)));
        }

        Assert.That(peer.Requests, Has.Count.EqualTo(3 * 8));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_bomb_of_cookies_meets_the_containers_limits()
    {
        int name = 0;
        await using var peer = new RecordingPeer(request => request.Target == "/"
            ? $"HTTP/1.1 200 OK\r\n{Repeat(900, () => $"Set-Cookie: a{name++}={new string('x', 20)}; path=/\r\n")}"
                + $"{Repeat(2, () => $"Set-Cookie: b{name++}={new string('x', 5000)}; path=/\r\n")}"
                + "Content-Length: 0\r\n\r\n"
            : Ok);
        var options = new UringHttpHandlerOptions { CookieContainer = new CookieContainer() };
        HttpClient client = NewClient(options);
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
            response.EnsureSuccessStatusCode();
        }

        await CallAsync(() => client.GetStringAsync(new Uri(peer.Uri, "/after")));
        Assert.That(options.CookieContainer.Count, Is.InRange(1, CookieContainer.DefaultPerDomainCookieLimit));
        string[] sent = peer.Requests[^1].Field("Cookie")!.Split("; ");
        Assert.That(sent, Has.Length.EqualTo(options.CookieContainer.Count).And.All.Matches<string>(one => one!.Length < 30));
    }

    /// <summary>The places where a caller, or who speaks through it, can put what would break a line.</summary>
    private static IEnumerable<TestCaseData> Injections()
    {
        yield return New("a field", request => request.Headers.TryAddWithoutValidation("X", "a\r\nInjected: 1"));
        yield return New("a field, by a bare LF", request => request.Headers.TryAddWithoutValidation("X", "a\nInjected: 1"));
        yield return New("a field, by a bare CR", request => request.Headers.TryAddWithoutValidation("X", "a\rInjected: 1"));
        yield return New("a second value", request => request.Headers.TryAddWithoutValidation("X", ["a", "b\r\nInjected: 1"]));
        yield return New("Cookie", request => request.Headers.TryAddWithoutValidation("Cookie", "a=b\r\nInjected: 1"));
        yield return New("Authorization", request => request.Headers.TryAddWithoutValidation("Authorization", "x\r\nInjected: 1"));
        yield return New("a field of the content", request =>
        {
            request.Content = new ByteArrayContent([]);
            request.Content!.Headers.TryAddWithoutValidation("Content-X", "a\r\nInjected: 1");
        });

        static TestCaseData New(string place, Action<HttpRequestMessage> inject) => new TestCaseData(inject).SetArgDisplayNames(place);
    }

    [TestCaseSource(nameof(Injections))]
    public async Task What_would_break_a_line_never_leaves(Action<HttpRequestMessage> inject)
    {
        await using var peer = new RecordingPeer(_ => Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        for (int i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, peer.Uri);
            inject(request);
            Exception thrown = await CallAsync(() => client.SendAsync(request)).Fails<Exception>();
            Assert.That(thrown.Message, Does.Contain("not sent").Or.Contain("line"));
        }

        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(peer.Requests, Has.Count.EqualTo(1));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_host_that_is_none_is_not_sent()
    {
        await using var peer = new RecordingPeer(_ => Ok);
        HttpClient client = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        request.Headers.TryAddWithoutValidation("Host", "a\r\nInjected: 1");
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(peer.Requests.Single().Head, Is.EqualTo($"GET / HTTP/1.1\r\nHost: 127.0.0.1:{peer.Port}\r\n\r\n"));
    }

    [Test]
    public async Task A_user_whose_name_breaks_a_line_is_not_told_to_the_server()
    {
        await using var peer = new RecordingPeer(request => request.Field("Authorization") is null && request.Target != "/open"
            ? "HTTP/1.1 401 x\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\nContent-Length: 0\r\n\r\n"
            : Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            MaxConnectionsPerServer = 1,
            Credentials = new NetworkCredential("me\r\nInjected: 1", "secret"),
        });
        await CallAsync(() => client.GetAsync(peer.Uri)).Fails<Exception>();
        Assert.That(await CallAsync(() => client.GetStringAsync(new Uri(peer.Uri, "/open"))), Is.EqualTo("hello"));
        Assert.That(peer.Requests.Select(request => request.Head), Has.None.Contains("Injected"));
    }

    private static string Repeat(int count, Func<string> line) => string.Concat(Enumerable.Range(0, count).Select(_ => line()));

    private async Task<string> FailAsync(UringHttpHandlerOptions options, string uri)
    {
        HttpClient client = NewClient(options);
        HttpRequestException thrown = await CallAsync(() => client.GetAsync(new Uri(uri))).Fails<HttpRequestException>();
        Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        return thrown.Message;
    }
}
