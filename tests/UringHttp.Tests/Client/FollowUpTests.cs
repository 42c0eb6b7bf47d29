using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>All that a response can call for, at once, and broken off anywhere.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class FollowUpTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private static readonly string Page = Codec.Encode(new string('a', 5000), "br", "gzip");

    [Test]
    public async Task Everything_at_once()
    {
        await using var peer = new RecordingPeer(Answer);
        HttpClient client = NewClient(NewOptions());
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.PostAsync(peer.Uri, new StringContent("content")));
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(new string('a', 5000)));
            Assert.That(response.RequestMessage!.RequestUri!.AbsolutePath, Is.EqualTo("/page"));
        }

        Assert.That(peer.Requests[^1].Field("Cookie"), Is.EqualTo("from=root; at=moved"));
        Assert.That(peer.Requests.Where(request => request.Target == "/moved").Select(request => request.Body), Is.All.EqualTo("content"));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task Broken_off_anywhere_it_leaves_nothing()
    {
        await using var peer = new RecordingPeer(Answer);
        HttpClient client = NewClient(NewOptions());
        var random = new Random(1);
        int ended = 0;
        for (int i = 0; i < 200; i++)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(4000)));
            try
            {
                using HttpResponseMessage response = await CallAsync(
                    () => client.PostAsync(peer.Uri, new StreamContent(new MemoryStream(new byte[20_000])), cancel.Token));
                ended++;
            }
            catch (OperationCanceledException)
            {
                // As intended.
            }
        }

        await TestContext.Out.WriteLineAsync($"{ended} of 200 came to their end");
        using HttpResponseMessage last = await CallAsync(() => client.GetAsync(peer.Uri));
        Assert.That(last.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private static UringHttpHandlerOptions NewOptions() => new()
    {
        Credentials = new NetworkCredential("user", "pass"),
        AutomaticDecompression = DecompressionMethods.All,
        MaxConnectionsPerServer = 1,
    };

    /// <summary>Asks who it is, moves it (to the same method), moves it again (to GET), and answers with a page in two codings.</summary>
    private static string Answer(RecordedRequest request) => request.Target switch
    {
        "/" when request.Field("Authorization") is null =>
            "HTTP/1.1 401 x\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 2\r\n\r\nno",
        "/" => "HTTP/1.1 307 x\r\nLocation: /moved\r\nSet-Cookie: from=root\r\nContent-Length: 0\r\n\r\n",
        "/moved" => "HTTP/1.1 303 x\r\nLocation: page#top\r\nSet-Cookie: at=moved\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "2\r\nno\r\n0\r\n\r\n",
        _ => $"HTTP/1.1 200 x\r\nContent-Encoding: br, gzip\r\nContent-Length: {Page.Length}\r\n\r\n{Page}",
    };
}
