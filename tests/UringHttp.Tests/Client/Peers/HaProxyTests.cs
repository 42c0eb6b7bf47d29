using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>By HAProxy to Kestrel: two parsers and two poolings on the way.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class HaProxyTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private KestrelPeer _kestrel = null!;
    private HaProxy _plain = null!;
    private HaProxy _secure = null!;

    [OneTimeSetUp]
    public async Task StartPeers()
    {
        _kestrel = await KestrelPeer.StartAsync();
        _plain = HaProxy.Start(_kestrel.Uri, isSecure: false);
        _secure = HaProxy.Start(_kestrel.Uri, isSecure: true);
    }

    [OneTimeTearDown]
    public async Task StopPeers()
    {
        _secure?.Dispose();
        _plain?.Dispose();
        await _kestrel.DisposeAsync();
    }

    [Test]
    public async Task Many_bodies_at_once_arrive_as_they_are([Values] bool secure)
    {
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.MaxConnectionsPerServer = 8;
        HttpClient client = NewClient(options);
        int[] counts = [0, 1, 10_007, 300_000];
        (int Count, byte[] Body)[] got = await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 80).Select(async i =>
            (counts[i % 4], await client.GetByteArrayAsync(At($"bytes/{counts[i % 4]}", secure))))));
        foreach ((int count, byte[] body) in got)
        {
            AssertSame(body, KestrelPeer.Bytes(count));
        }
    }

    [Test]
    public async Task A_content_comes_back([Values] bool secure, [Values] bool chunked)
    {
        HttpClient client = NewClient(TlsTests.Trusting());
        byte[] sent = KestrelPeer.Bytes(2_000_000);
        using var request = new HttpRequestMessage(HttpMethod.Put, At("echo", secure))
        {
            Content = new ByteArrayContent(sent),
            Headers = { TransferEncodingChunked = chunked ? true : null },
        };
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(response.Headers.GetValues("X-Forwarded").Single(), Is.EqualTo("127.0.0.1"));
        AssertSame(await response.Content.ReadAsByteArrayAsync(), sent);
    }

    [Test]
    public async Task Early_hints_come_before_the_answer()
    {
        var hints = new List<string>();
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            InformationalResponseReceived = early => hints.Add($"{(int)early.StatusCode} {early.Headers.GetValues("Link").Single()}"),
        });
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(At("bytes/7")));
        Assert.That(hints, Is.EqualTo(["103 </style.css>; rel=preload"]));
        AssertSame(await response.Content.ReadAsByteArrayAsync(), KestrelPeer.Bytes(7));
    }

    [Test]
    public async Task What_it_compresses_is_undone()
    {
        HttpClient raw = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, At("bytes/50000"));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using HttpResponseMessage compressed = await CallAsync(() => raw.SendAsync(request));
        Assert.That(compressed.Content.Headers.ContentEncoding, Is.EqualTo(["gzip"]));

        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = DecompressionMethods.All });
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(At("bytes/50000")));
        Assert.That(response.Content.Headers.ContentEncoding, Is.Empty);
        AssertSame(await response.Content.ReadAsByteArrayAsync(), KestrelPeer.Bytes(50_000));
    }

    [TestCase("denied", HttpStatusCode.TooManyRequests)]
    [TestCase("nowhere", HttpStatusCode.ServiceUnavailable)]
    public async Task Its_own_answers_are_answers(string path, HttpStatusCode status)
    {
        HttpClient client = NewClient();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(At(path)));
            Assert.That(response.StatusCode, Is.EqualTo(status));
            Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain($"{(int)status}"));
        }
    }

    [Test]
    public async Task Its_redirects_are_followed([Values] bool secure)
    {
        HttpClient client = NewClient(TlsTests.Trusting());
        AssertSame(await CallAsync(() => client.GetByteArrayAsync(At("redirected", secure))), KestrelPeer.Bytes(5));
    }

    [Test]
    public async Task A_web_socket_goes_through([Values] bool secure)
    {
        var uri = new UriBuilder(At("socket", secure)) { Scheme = secure ? "wss" : "ws" };
        using var invoker = new HttpMessageInvoker(new UringHttpHandler(Loop, TlsTests.Trusting()));
        await CallAsync(async () =>
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(uri.Uri, invoker, CancellationToken.None);
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
            byte[] received = new byte[100];
            WebSocketReceiveResult result = await socket.ReceiveAsync(received, CancellationToken.None);
            AssertSame(received.AsSpan(0, result.Count), "hello"u8);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        });
    }

    private Uri At(string path, bool secure = false) => new(secure ? _secure.Uri : _plain.Uri, path);
}
