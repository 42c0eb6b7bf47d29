using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>When a connection is used again, when it is not, and what happens when it was and should not have been.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ReuseTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    /// <summary>Answers the first request of each connection, and says so much, or nothing, to the second before it closes.</summary>
    private static ScriptedPeer Tiring(string last = "") => new(async peer =>
    {
        await peer.ReadHeadAsync();
        await peer.WriteAsync(Ok);
        await peer.ReadHeadAsync();
        await peer.WriteAsync(last);
    });

    [TestCase("GET")]
    [TestCase("HEAD")]
    [TestCase("DELETE")]
    public async Task A_request_that_met_a_close_is_sent_again(string method)
    {
        await using var peer = Tiring();
        HttpClient client = NewClient();
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        await CallAsync(async () =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), peer.Uri);
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
        });
        Assert.That(peer.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task A_request_is_sent_again_on_a_new_connection_though_others_wait_for_one()
    {
        await using var peer = Tiring();
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 2 });
        string[] got = await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetStringAsync(peer.Uri))));
        Assert.That(got, Has.All.EqualTo("hello"));
    }

    [TestCase("POST", false, "", true)]
    [TestCase("POST", true, "", true)]
    [TestCase("PUT", true, "", true)]
    [TestCase("GET", false, "HTTP/1.1 2", true)]
    [TestCase("GET", false, "HTTP/1.1 102 Processing\r\n\r\n", true)]
    [TestCase("GET", false, "", false)]
    public async Task A_request_that_may_have_been_heard_is_not(string method, bool content, string last, bool allowed)
    {
        await using var peer = Tiring(last);
        HttpClient client = NewClient(new UringHttpHandlerOptions { ResendOnStaleConnection = allowed });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        HttpRequestException? e = await CallAsync(() => Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), peer.Uri);
            request.Content = content ? new StringContent("x") : null;
            using HttpResponseMessage response = await client.SendAsync(request);
        }));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.ResponseEnded));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_new_connection_that_is_closed_without_an_answer_is_an_error_at_once()
    {
        await using var peer = new ScriptedPeer(peer => peer.ReadHeadAsync());
        HttpClient client = NewClient();
        await Assert.ThatAsync(() => CallAsync(() => client.GetAsync(peer.Uri)), Throws.InstanceOf<HttpRequestException>());
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [TestCase("", 1)]
    [TestCase("Keep-Alive: timeout=100, max=7\r\n", 1)]
    [TestCase("Keep-Alive: timeout=1\r\n", 3)]
    [TestCase("Keep-Alive: timeout=0\r\n", 3)]
    [TestCase("Keep-Alive: timeout=x\r\n", 1)]
    public async Task The_servers_own_limit_is_kept(string field, int connections)
    {
        await using var peer = ScriptedPeer.Answering($"HTTP/1.1 200 OK\r\n{field}Content-Length: 5\r\n\r\nhello");
        HttpClient client = NewClient();
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        Assert.That(peer.Accepted, Is.EqualTo(connections));
    }

    [Test]
    public async Task A_connection_is_not_used_beyond_its_lifetime()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient shortLived = NewClient(new UringHttpHandlerOptions { PooledConnectionLifetime = TimeSpan.Zero });
        HttpClient longLived = NewClient(new UringHttpHandlerOptions { PooledConnectionLifetime = TimeSpan.FromHours(1) });
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => shortLived.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
            Assert.That(await CallAsync(() => longLived.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        Assert.That(peer.Accepted, Is.EqualTo(3 + 1));
    }

    [TestCase(500_000, false, 1024 * 1024, 1)]
    [TestCase(500_000, true, 1024 * 1024, 1)]
    [TestCase(500_000, false, 0, 2)]
    [TestCase(2_000_000, false, 1024 * 1024, 2)]
    [TestCase(2_000_000, true, 1024 * 1024, 2)]
    public async Task A_body_that_nobody_reads_is_drained_when_it_is_short(int length, bool chunked, int limit, int connections)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync(chunked
                    ? $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:X}\r\n"
                    : $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                await peer.WriteAsync(new byte[length]);
                await peer.WriteAsync(chunked ? "\r\n0\r\n\r\n" : "");
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxResponseDrainSize = limit, MaxConnectionsPerServer = 1 });
        for (int i = 0; i < 2; i++)
        {
            await CallAsync(async () => (await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead)).Dispose());
        }

        Assert.That(peer.Accepted, Is.EqualTo(connections));
    }

    [Test]
    public async Task A_drain_that_takes_too_long_ends_with_the_connection()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { ResponseDrainTimeout = TimeSpan.FromMilliseconds(20) });
        await CallAsync(async () => (await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead)).Dispose());
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }
}
