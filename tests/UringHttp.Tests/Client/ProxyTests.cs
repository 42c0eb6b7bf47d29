using System.Net;
using System.Net.Security;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>By HTTP proxies, forwarded and tunnelled, and by SOCKS proxies.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ProxyTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [TestCase("http://there.example/a?b=c", "GET http://there.example/a?b=c HTTP/1.1\r\nHost: there.example\r\n")]
    [TestCase("http://there.example:81/", "GET http://there.example:81/ HTTP/1.1\r\nHost: there.example:81\r\n")]
    public async Task A_plain_request_is_forwarded_with_its_whole_uri(string uri, string start)
    {
        var heads = new List<string>();
        await using var proxy = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                heads.Add(head);
                await peer.WriteAsync(Ok);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Proxy = new WebProxy(proxy.Uri) { Credentials = Me } });
        for (int i = 0; i < 2; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(new Uri(uri))), Is.EqualTo("hello"));
        }

        Assert.That(proxy.Accepted, Is.EqualTo(1));
        Assert.That(heads, Has.All.StartsWith(start).And.All.Not.Contain("Proxy-Authorization"), "it was not asked for");
    }

    [Test]
    public async Task Https_goes_through_a_tunnel()
    {
        var heads = new List<string>();
        await using var proxy = TunnelTo(heads);
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Proxy = new WebProxy(proxy.Uri);
        options.DefaultProxyCredentials = Me;
        HttpClient client = NewClient(options);
        for (int i = 0; i < 2; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(new Uri("https://localhost/x"))), Is.EqualTo("hello"));
        }

        Assert.That(heads[0], Is.EqualTo("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"));
        Assert.That(heads[1], Does.StartWith("GET /x HTTP/1.1\r\nHost: localhost\r\n").And.Not.Contain("Proxy-"));
        Assert.That(heads, Has.Count.EqualTo(3));
    }

    [TestCase("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "status 407")]
    [TestCase("HTTP/1.1 502 Bad Gateway\r\n\r\n", "status 502")]
    [TestCase("nonsense\r\n\r\n", "not HTTP")]
    [TestCase("HTTP/1.1 200 OK\r\n\r\nearly", "5 bytes came behind")]
    [TestCase("", "closed the connection")]
    [TestCase("HTTP/1.1 200", "closed the connection")]
    public async Task A_proxy_that_refuses_is_told_by_its_own_error(string answer, string words)
    {
        await using var proxy = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(answer);
        });
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Proxy = new WebProxy(proxy.Uri);
        HttpRequestException e = await FailAsync(options, new Uri("https://localhost/"));
        Assert.That(e.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        Assert.That(e.Message, Does.Contain(words).And.Contain($"127.0.0.1:{proxy.Port}").And.Contain("localhost:443"));
    }

    [Test]
    public async Task What_is_bypassed_goes_straight()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        var proxy = new WebProxy("http://127.0.0.1:1") { BypassProxyOnLocal = false, BypassList = ["127\\.0\\.0\\.1"] };
        HttpClient client = NewClient(new UringHttpHandlerOptions { Proxy = proxy });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        HttpClient without = NewClient(new UringHttpHandlerOptions { Proxy = new WebProxy("http://127.0.0.1:1"), UseProxy = false });
        Assert.That(await CallAsync(() => without.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_proxy_of_an_unknown_kind_is_refused()
    {
        HttpClient client = NewClient(new UringHttpHandlerOptions { Proxy = new WebProxy("ftp://127.0.0.1:1") });
        await Assert.ThatAsync(
            () => CallAsync(() => client.GetAsync(new Uri("http://there.example/"))),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("socks5"));
    }

    [TestCase("socks4", "127.0.0.2", "04 01 0050 7F000002 6D6500", "00 5A 0000 00000000")]
    [TestCase("socks4a", "there.example", "04 01 0050 00000001 6D6500 74686572652E6578616D706C6500", "00 5A 0000 00000000")]
    [TestCase("socks5", "127.0.0.2", "05 01 00 01 7F000002 0050", "05 00 00 01 7F000001 1234")]
    [TestCase("socks5", "there.example", "05 01 00 03 0D 74686572652E6578616D706C65 0050", "05 00 00 03 02 6161 1234")]
    [TestCase("socks5", "[::1]", "05 01 00 04 00000000000000000000000000000001 0050", "05 00 00 04 00000000000000000000000000000001 1234")]
    public async Task Socks_leads_there(string scheme, string host, string request, string answer)
    {
        await using var proxy = new ScriptedPeer(async peer =>
        {
            if (scheme == "socks5")
            {
                await ExpectAsync(peer, "05 02 00 02", "05 02");
                await ExpectAsync(peer, "01 02 6D65 06 736563726574", "01 00");
            }

            await ExpectAsync(peer, request, answer);
            while (await peer.ReadHeadAsync() is { } head)
            {
                Assert.That(head, Does.StartWith($"GET / HTTP/1.1\r\nHost: {host}\r\n"));
                await peer.WriteAsync(Ok);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            Proxy = new WebProxy($"{scheme}://127.0.0.1:{proxy.Port}") { Credentials = Me },
        });
        for (int i = 0; i < 2; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(new Uri($"http://{host}/"))), Is.EqualTo("hello"));
        }

        Assert.That(proxy.Accepted, Is.EqualTo(1));
    }

    [TestCase("socks4", "00 5B 0000 00000000", "code 91")]
    [TestCase("socks5", "05 FF", "wants credentials")]
    [TestCase("socks5", "05 00 05 05 00 01 00000000 0000", "connection refused")]
    [TestCase("socks5", "48 54", "may not be a SOCKS proxy")]
    [TestCase("socks5", "05", "end of the stream")]
    public async Task A_socks_proxy_that_refuses_says_why(string scheme, string answer, string words)
    {
        await using var proxy = new ScriptedPeer(async peer =>
        {
            await peer.ReadAsync(3);
            await peer.WriteAsync(Bytes(answer));
            peer.Finish();
            await peer.WaitForCloseAsync();
        });
        HttpRequestException e = await FailAsync(
            new UringHttpHandlerOptions { Proxy = new WebProxy($"{scheme}://127.0.0.1:{proxy.Port}") }, new Uri("http://127.0.0.2/"));
        Assert.That(e.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        Assert.That(e.Message, Does.Contain(words));
    }

    [Test]
    public async Task Socks4_refuses_a_user_name_that_would_end_early()
    {
        byte[] received = [1];
        await using var proxy = new ScriptedPeer(async peer => received = await peer.ReadToEndAsync());
        HttpRequestException e = await FailAsync(
            new UringHttpHandlerOptions
            {
                Proxy = new WebProxy($"socks4a://127.0.0.1:{proxy.Port}")
                {
                    Credentials = new NetworkCredential("me\0there.example", "secret"),
                },
            },
            new Uri("http://else.example/"));
        Assert.That(e.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        Assert.That(e.Message, Does.Contain("NUL"));
        await Support.Patience.Until(() => received.Length == 0, "nothing is sent");
    }

    /// <summary>A redirect may name any host. Its length is one byte: more would be taken for what follows it.</summary>
    [Test]
    public async Task Socks5_refuses_a_name_that_is_too_long()
    {
        byte[] received = [];
        await using var proxy = new ScriptedPeer(async peer =>
        {
            await peer.ReadAsync(3);
            await peer.WriteAsync(Bytes("05 00"));
            received = await peer.ReadToEndAsync();
        });
        string host = string.Join('.', Enumerable.Repeat(new string('a', 60), 5));
        HttpRequestException e = await FailAsync(
            new UringHttpHandlerOptions { Proxy = new WebProxy($"socks5://127.0.0.1:{proxy.Port}") }, new Uri($"http://{host}/"));
        Assert.That(e.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        Assert.That(e.Message, Does.Contain("at most 255 bytes; this one has 304"));
        Assert.That(received, Is.Empty);
    }

    private static NetworkCredential Me => new("me", "secret");

    /// <summary>A proxy that plays the origin itself, behind the tunnel.</summary>
    private static ScriptedPeer TunnelTo(List<string> heads) => new(async peer =>
    {
        heads.Add((await peer.ReadHeadAsync())!);
        await peer.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n");
        await using var tls = new SslStream(peer.Stream, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsServerAsync(TlsTests.Server(), peer.Stop);
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await tls.ReadAsync(buffer, peer.Stop)) > 0)
        {
            heads.Add(Encoding.ASCII.GetString(buffer, 0, count));
            await tls.WriteAsync(Encoding.ASCII.GetBytes(Ok), peer.Stop);
        }
    });

    private static async Task ExpectAsync(PeerConnection peer, string request, string answer)
    {
        byte[] expected = Bytes(request);
        Assert.That(Convert.ToHexString(await peer.ReadAsync(expected.Length)), Is.EqualTo(Convert.ToHexString(expected)));
        await peer.WriteAsync(Bytes(answer));
    }

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal));

    private async Task<HttpRequestException> FailAsync(UringHttpHandlerOptions options, Uri uri)
    {
        HttpClient client = NewClient(options);
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(uri)));
        return e!;
    }
}
