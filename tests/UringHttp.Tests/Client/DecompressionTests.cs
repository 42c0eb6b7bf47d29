using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Decompression: compared with the stock handler's, and where it goes beyond.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class DecompressionTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const DecompressionMethods All = DecompressionMethods.All;

    private static readonly string[][] Stacks = [["gzip"], ["deflate"], ["br"], ["gzip", "br"], ["br", "gzip"], ["deflate", "gzip", "br"]];

    private static IEnumerable<Scenario> Scenarios()
    {
        string text = string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i}\n"));
        foreach (string coding in new[] { "gzip", "deflate", "br", "raw" })
        {
            string name = coding == "raw" ? "deflate" : coding;
            string body = Codec.Encode(text, coding);
            yield return New($"{coding}", All, name, body);
            yield return New($"{coding} in capitals", All, name.ToUpperInvariant(), body);
            yield return New($"{coding}, which is off", DecompressionMethods.None, name, body);
            yield return New($"{coding}, only gzip on", DecompressionMethods.GZip, name, body);
            yield return New($"{coding}, only br on", DecompressionMethods.Brotli, name, body);
            yield return New($"{coding}, only deflate on", DecompressionMethods.Deflate, name, body);
            yield return New($"{coding}, empty", All, name, "");
            yield return New($"{coding} of nothing", All, name, Codec.Encode("", coding));
            yield return New($"{coding}, garbage behind", All, name, body + "garbage");
            yield return New($"{coding}, within unknown", All, $"{name}, x-other", body);
            yield return New($"{coding}, around unknown", All, $"x-other, {name}", body);
            yield return New($"{coding}, chunked", All, name, body) with
            {
                Answer = _ => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: "
                    + $"{name}\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n",
            };
            yield return New($"{coding}, HEAD", All, name, "") with
            {
                Answer = _ => $"HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\nContent-Length: 100\r\n\r\n",
                Requests = uri => [new HttpRequestMessage(HttpMethod.Head, uri)],
            };
            yield return New($"{coding}, other statuses", All, name, body) with
            {
                Answer = request => request.Target == "/"
                    ? $"HTTP/1.1 302 x\r\nLocation: /x\r\nContent-Encoding: {name}\r\nContent-Length: {body.Length}\r\n\r\n{body}"
                    : $"HTTP/1.1 301 x\r\nContent-Encoding: {name}\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            };
        }

        string gzip = Codec.Encode(text, "gzip");
        yield return New("two members", All, "gzip", gzip + gzip);
        yield return New("unknown", All, "x-other", "abc");
        yield return New("identity", All, "identity", "abc");
        yield return New("empty field", All, "", "abc");
        yield return New("own Accept-Encoding", All, "gzip", gzip) with
        {
            Requests = uri =>
            [
                .. new[] { "gzip", "deflate;q=0.5, *", "br, gzip", "identity" }.Select(own =>
                {
                    var request = new HttpRequestMessage(HttpMethod.Get, uri);
                    request.Headers.Add("Accept-Encoding", own);
                    return request;
                }),
            ],
        };
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task A_body_is_decompressed_as_with_the_stock_handler(object scenario) =>
        await StockComparison.AssertSameAsync((Scenario)scenario, Loop, CallAsync);

    /// <summary>The stock handler undoes the last coding only.</summary>
    [TestCaseSource(nameof(Stacks))]
    public async Task Codings_are_undone_from_the_last_back(params string[] codings)
    {
        byte[] body = ExchangeTests.MakeBody(200_000);
        byte[] encoded = Codec.Encode(body, codings);
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync(
                    $"HTTP/1.1 200 OK\r\nContent-Encoding: {string.Join(", ", codings)}\r\nContent-Length: {encoded.Length}\r\n\r\n");
                await peer.WriteAsync(encoded);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = All });
        for (int i = 0; i < 2; i++)
        {
            AssertSame(await CallAsync(() => client.GetByteArrayAsync(peer.Uri)), body);
        }

        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Assert.That(response.Content.Headers.ContentEncoding, Is.Empty);
            Assert.That(response.Content.Headers.ContentLength, Is.Null);
            Stream stream = await response.Content.ReadAsStreamAsync();
            Assert.That(await stream.ReadAsync(new byte[1]), Is.EqualTo(1));
            var rest = new MemoryStream();
            await stream.CopyToAsync(rest);
            AssertSame(rest.ToArray(), body.AsSpan(1));
            Assert.That(Loop.IsLoopThread, Is.EqualTo(Caller == Caller.Loop));
        });
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task The_coding_x_gzip_is_gzip()
    {
        string body = Codec.Encode("hello", "gzip");
        await using var peer = ScriptedPeer.Answering(
            $"HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = DecompressionMethods.GZip });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_bomb_is_an_error([Values("gzip", "deflate", "br", "gzip, gzip", "br, gzip")] string codings)
    {
        byte[] bomb = Codec.Encode(new byte[50_000_000], codings.Split(", "));
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: {codings}\r\nContent-Length: {bomb.Length}\r\n\r\n");
                await peer.WriteAsync(bomb);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = All, MaxConnectionsPerServer = 1 });
        HttpRequestException? buffered = await Assert.ThrowsAsync<HttpRequestException>(
            () => CallAsync(() => client.GetAsync(peer.Uri)));
        Assert.That(buffered!.HttpRequestError, Is.EqualTo(HttpRequestError.ConfigurationLimitExceeded));
        Assert.That(buffered.ToString(), Does.Contain("MaxDecompressionRatio (200)"));
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            HttpIOException? thrown = await Assert.ThrowsAsync<HttpIOException>(() => body.CopyToAsync(Stream.Null));
            Assert.That(thrown!.HttpRequestError, Is.EqualTo(HttpRequestError.ConfigurationLimitExceeded));
        });
    }

    [TestCase(2000, 0L)]
    [TestCase(1, 2_000_000L)]
    public async Task What_the_options_allow_is_no_bomb(int ratio, long uncheckedBytes)
    {
        string body = Codec.Encode(new string('a', 2_000_000), "gzip");
        await using var peer = ScriptedPeer.Answering(
            $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            AutomaticDecompression = All,
            MaxDecompressionRatio = ratio,
            MaxUncheckedDecompressedBytes = uncheckedBytes,
        });
        Assert.That((await CallAsync(() => client.GetByteArrayAsync(peer.Uri))).Length, Is.EqualTo(2_000_000));
    }

    [Test]
    public async Task Too_many_codings_are_an_error()
    {
        await using var peer = ScriptedPeer.Answering(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip\r\nContent-Encoding: gzip, gzip, gzip\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = All });
        HttpRequestException? thrown = await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(() => client.GetAsync(peer.Uri)));
        Assert.That(thrown!.Message, Does.Contain("6 content codings"));
    }

    [Test]
    public async Task A_body_that_is_cut_off_is_an_error_also_where_the_decoder_has_all([Values("gzip", "deflate", "br")] string coding)
    {
        string body = Codec.Encode("hello", coding);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(
                $"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n");
            peer.Finish();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = All });
        HttpRequestException? thrown = await Assert.ThrowsAsync<HttpRequestException>(() => CallAsync(() => client.GetAsync(peer.Uri)));
        Assert.That(thrown!.HttpRequestError, Is.EqualTo(HttpRequestError.ResponseEnded));
    }

    [Test]
    public async Task A_decompressed_response_that_is_dropped_leaves_nothing([Values] bool read)
    {
        string body = Codec.Encode(new string('a', 100_000), "gzip");
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length + 9}\r\n\r\n{body}");
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { AutomaticDecompression = All });
        await CallAsync(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
                if (read)
                {
                    Stream stream = await response.Content.ReadAsStreamAsync();
                    Assert.That(await stream.ReadAsync(new byte[10]), Is.GreaterThan(0));
                }
            }
        });
    }

    [TestCase(0, 1)]
    [TestCase(-1, 1)]
    [TestCase(1, -1)]
    public void Options_out_of_range_are_refused(int ratio, long bytes) => Assert.That(
        () => NewClient(new UringHttpHandlerOptions { MaxDecompressionRatio = ratio, MaxUncheckedDecompressedBytes = bytes }),
        Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static Scenario New(string name, DecompressionMethods methods, string coding, string body) => new(name)
    {
        Answer = _ => $"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n{body}",
        Set = settings => settings.Decompression = methods,
    };
}
