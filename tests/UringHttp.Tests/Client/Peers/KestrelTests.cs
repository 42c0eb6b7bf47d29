using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>Against Kestrel: another implementation of each corner of the protocol that a server has.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class KestrelTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private KestrelPeer _kestrel = null!;

    [OneTimeSetUp]
    public async Task StartKestrel() => _kestrel = await KestrelPeer.StartAsync();

    [OneTimeTearDown]
    public async Task StopKestrel() => await _kestrel.DisposeAsync();

    [Test]
    public async Task A_chunked_body_of_any_size_arrives_as_it_is([Values] bool secure, [Values(0, 1, 10_007, 3_000_000)] int count)
    {
        HttpClient client = NewClient(TlsTests.Trusting());
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(At($"bytes/{count}", secure)));
            Assert.That(response.Headers.TransferEncodingChunked, Is.EqualTo(count > 0 ? true : null));
            AssertSame(await response.Content.ReadAsByteArrayAsync(), KestrelPeer.Bytes(count));
        }

        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(1));
    }

    [Test]
    public async Task A_chunked_content_of_any_size_comes_back([Values] bool secure, [Values(0, 1, 3_000_000)] int count)
    {
        HttpClient client = NewClient(TlsTests.Trusting());
        using var request = new HttpRequestMessage(HttpMethod.Post, At("echo", secure))
        {
            Content = new ByteArrayContent(KestrelPeer.Bytes(count)),
            Headers = { TransferEncodingChunked = true },
        };
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(response.Headers.GetValues("X-Transfer-Encoding").Single(), Is.EqualTo("chunked"));
        AssertSame(await response.Content.ReadAsByteArrayAsync(), KestrelPeer.Bytes(count));
    }

    [TestCase("echo", HttpStatusCode.OK, 1)]
    [TestCase("refuse", HttpStatusCode.Forbidden, 0)]
    public async Task A_content_waits_for_the_servers_consent(string path, HttpStatusCode status, int serialized)
    {
        HttpClient client = NewClient(new UringHttpHandlerOptions { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan });
        var content = new CountedContent("hello"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Post, At(path)) { Content = content, Headers = { ExpectContinue = true } };
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(serialized == 0 ? "no" : "hello"));
        Assert.That(content.Serialized, Is.EqualTo(serialized));
    }

    [Test]
    public async Task A_long_content_that_is_refused_gets_its_answer()
    {
        HttpClient client = NewClient();
        var content = new ByteArrayContent(new byte[5_000_000]);
        using HttpResponseMessage response = await CallAsync(() => client.PostAsync(At("refuse"), content));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("no"));
    }

    [Test]
    public async Task A_request_in_the_old_version_gets_a_body_until_the_close()
    {
        HttpClient client = NewClient();
        client.DefaultRequestVersion = HttpVersion.Version10;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using HttpResponseMessage echo = await CallAsync(() => client.PostAsync(At("echo"), new StringContent("hello")));
        Assert.That(echo.Headers.GetValues("X-Protocol").Single(), Is.EqualTo("HTTP/1.0"));
        Assert.That(await echo.Content.ReadAsStringAsync(), Is.EqualTo("hello"));

        using HttpResponseMessage bytes = await CallAsync(() => client.GetAsync(At("bytes/100000")));
        Assert.That(bytes.Headers.TransferEncodingChunked, Is.Null);
        Assert.That(bytes.Headers.ConnectionClose, Is.True);
        AssertSame(await bytes.Content.ReadAsByteArrayAsync(), KestrelPeer.Bytes(100_000));
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    private Uri At(string path, bool secure = false) => new(secure ? _kestrel.SecureUri : _kestrel.Uri, path);

    /// <summary>Counts how often it is asked for its bytes.</summary>
    private sealed class CountedContent(byte[] bytes) : ByteArrayContent(bytes)
    {
        internal int Serialized { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Serialized++;
            return base.SerializeToStreamAsync(stream, context, cancellationToken);
        }
    }
}
