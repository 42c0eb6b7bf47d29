using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>By tinyproxy, which wants credentials, to Kestrel: forwarded in the clear, and through a tunnel with TLS.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class TinyproxyTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private KestrelPeer _kestrel = null!;
    private Tinyproxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartPeers()
    {
        _kestrel = await KestrelPeer.StartAsync();
        _proxy = new Tinyproxy();
    }

    [OneTimeTearDown]
    public async Task StopPeers()
    {
        _proxy?.Dispose();
        await _kestrel.DisposeAsync();
    }

    [Test]
    public async Task Many_bodies_at_once_arrive_as_they_are([Values] bool secure)
    {
        UringHttpHandlerOptions options = Through(Tinyproxy.Credentials);
        options.MaxConnectionsPerServer = 8;
        HttpClient client = NewClient(options);
        int[] counts = [0, 1, 10_007, 300_000];
        (int Count, byte[] Body)[] got = await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            (counts[i % 4], await client.GetByteArrayAsync(At($"bytes/{counts[i % 4]}", secure))))));
        foreach ((int count, byte[] body) in got)
        {
            AssertSame(body, KestrelPeer.Bytes(count));
        }
    }

    [Test]
    public async Task A_content_comes_back([Values] bool secure, [Values] bool chunked)
    {
        HttpClient client = NewClient(Through(Tinyproxy.Credentials));
        byte[] sent = KestrelPeer.Bytes(1_000_000);
        using var request = new HttpRequestMessage(HttpMethod.Put, At("echo", secure))
        {
            Content = new ByteArrayContent(sent),
            Headers = { TransferEncodingChunked = chunked ? true : null },
        };
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        AssertSame(await response.Content.ReadAsByteArrayAsync(), sent);
    }

    [Test]
    public async Task Requests_through_a_tunnel_share_it()
    {
        HttpClient client = NewClient(Through(Tinyproxy.Credentials));
        for (int i = 0; i < 5; i++)
        {
            AssertSame(await CallAsync(() => client.GetByteArrayAsync(At("bytes/1000", secure: true))), KestrelPeer.Bytes(1000));
        }

        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(1));
    }

    /// <summary>tinyproxy says 407 to a request without credentials, and 401 to one with wrong ones.</summary>
    [TestCase(null, HttpStatusCode.ProxyAuthenticationRequired)]
    [TestCase("wrong", HttpStatusCode.Unauthorized)]
    public async Task Without_the_right_credentials_a_request_gets_the_proxys_answer(string? password, HttpStatusCode status)
    {
        HttpClient client = NewClient(Through(password is null ? null : new NetworkCredential("me", password)));
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(At("bytes/5")));
        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("tinyproxy"));
    }

    /// <inheritdoc cref="Without_the_right_credentials_a_request_gets_the_proxys_answer"/>
    [TestCase(null, HttpStatusCode.ProxyAuthenticationRequired)]
    [TestCase("wrong", HttpStatusCode.Unauthorized)]
    public async Task Without_the_right_credentials_there_is_no_tunnel(string? password, HttpStatusCode status)
    {
        HttpRequestException thrown = await FailAsync(
            Through(password is null ? null : new NetworkCredential("me", password)), At("bytes/5", secure: true));
        Assert.That(thrown.StatusCode, Is.EqualTo(status));
        Assert.That(
            thrown.Message, Does.Contain(_proxy.Uri.Authority).And.Contain(_kestrel.SecureUri.Authority).And.Contain($"{(int)status}"));
    }

    [Test]
    public async Task An_origin_that_is_not_there_is_told_by_the_proxy()
    {
        HttpClient client = NewClient(Through(Tinyproxy.Credentials));
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(new Uri("http://127.0.0.1:1/")));
        Assert.That((int)response.StatusCode, Is.InRange(500, 599));

        HttpRequestException thrown = await FailAsync(Through(Tinyproxy.Credentials), new Uri("https://127.0.0.1:1/"));
        Assert.That((int?)thrown.StatusCode, Is.InRange(500, 599));
    }

    private Uri At(string path, bool secure) => new(secure ? _kestrel.SecureUri : _kestrel.Uri, path);

    private Uri At(string path) => At(path, secure: false);

    private UringHttpHandlerOptions Through(NetworkCredential? credentials)
    {
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Proxy = new WebProxy(_proxy.Uri) { Credentials = credentials };
        return options;
    }

    private async Task<HttpRequestException> FailAsync(UringHttpHandlerOptions options, Uri uri)
    {
        HttpClient client = NewClient(options);
        HttpRequestException thrown = await CallAsync(() => client.GetAsync(uri)).Fails<HttpRequestException>();
        Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        return thrown;
    }
}
