using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>By real SOCKS servers to Kestrel: Dante, which is open, and microsocks, which wants credentials.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class SocksTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private KestrelPeer _kestrel = null!;
    private SocksServer _open = null!;
    private SocksServer _closed = null!;

    [OneTimeSetUp]
    public async Task StartPeers()
    {
        _kestrel = await KestrelPeer.StartAsync();
        _open = SocksServer.StartOpen();
        _closed = SocksServer.StartClosed();
    }

    [OneTimeTearDown]
    public async Task StopPeers()
    {
        _closed?.Dispose();
        _open?.Dispose();
        await _kestrel.DisposeAsync();
    }

    [Test]
    public async Task Bodies_arrive_as_they_are([Values("socks4", "socks5")] string version, [Values] bool secure)
    {
        HttpClient client = NewClient(Through($"{version}://127.0.0.1:{_open.Port}", null));
        Uri origin = secure ? _kestrel.SecureUri : new Uri($"http://localhost:{_kestrel.Uri.Port}/");
        foreach (int count in new[] { 0, 1, 10_007, 300_000 })
        {
            AssertSame(await CallAsync(() => client.GetByteArrayAsync(new Uri(origin, $"bytes/{count}"))), KestrelPeer.Bytes(count));
        }

        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(1));
    }

    [Test]
    public async Task A_user_with_the_right_password_gets_through([Values] bool secure)
    {
        HttpClient client = NewClient(Through($"socks5://127.0.0.1:{_closed.Port}", SocksServer.Credentials));
        Uri echo = new(secure ? _kestrel.SecureUri : _kestrel.Uri, "echo");
        byte[] sent = KestrelPeer.Bytes(1_000_000);
        using HttpResponseMessage response = await CallAsync(() => client.PostAsync(echo, new ByteArrayContent(sent)));
        AssertSame(await response.Content.ReadAsByteArrayAsync(), sent);
    }

    [Test]
    public async Task A_wrong_password_is_refused()
    {
        string message = await FailAsync(_closed, new NetworkCredential("me", "wrong"), _kestrel.Uri);
        Assert.That(message, Does.Contain("refused the name or the password").And.Contain($"127.0.0.1:{_closed.Port}"));
    }

    [Test]
    public async Task No_password_is_refused()
    {
        string message = await FailAsync(_closed, null, _kestrel.Uri);
        Assert.That(message, Does.Contain("wants credentials").And.Contain($"127.0.0.1:{_closed.Port}"));
    }

    [Test]
    public async Task An_origin_that_is_not_there_is_told_by_the_proxy() => Assert.That(
        await FailAsync(_open, null, new Uri("http://127.0.0.1:1/")), Does.Contain("refused").And.Contain("127.0.0.1:1"));

    private static UringHttpHandlerOptions Through(string proxy, NetworkCredential? credentials)
    {
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Proxy = new WebProxy(proxy) { Credentials = credentials };
        return options;
    }

    private async Task<string> FailAsync(SocksServer server, NetworkCredential? credentials, Uri uri)
    {
        HttpClient client = NewClient(Through($"socks5://127.0.0.1:{server.Port}", credentials));
        HttpRequestException thrown = await CallAsync(() => client.GetAsync(uri)).Fails<HttpRequestException>();
        Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        return thrown.Message;
    }
}
