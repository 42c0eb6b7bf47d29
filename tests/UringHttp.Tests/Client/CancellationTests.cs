using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class CancellationTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task A_token_that_is_cancelled_already_sends_nothing()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient();
        await CallAsync(() => Assert.ThatAsync(
            async () => await client.GetStringAsync(peer.Uri, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>()));
        Assert.That(peer.Accepted, Is.Zero);
    }

    [Test]
    public async Task Cancelling_while_connecting_ends_the_attempt()
    {
        using var full = new FullListener();
        HttpClient client = NewClient();
        await CancelAsync(client, full.Uri, () => Loop.Counters.OpenDescriptors == 1);
    }

    [Test]
    public async Task Cancelling_while_waiting_for_the_head_closes_the_connection([Values("", "HTTP/1.1 200 OK\r\nX: ")] string start)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(start);
            arrived.TrySetResult();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        await CancelAsync(client, peer.Uri, () => arrived.Task.IsCompleted);
    }

    [Test]
    public async Task Cancelling_while_sending_the_content_closes_the_connection()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, peer.Stop); // and never reads on
        });
        HttpClient client = NewClient();
        await CancelAsync(client, peer.Uri, () => arrived.Task.IsCompleted, new ByteArrayContent(new byte[50_000_000]));
    }

    [Test]
    public async Task Cancelling_a_read_of_the_body_closes_the_connection()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[5]);
            using var cancel = new CancellationTokenSource();
            ValueTask<int> read = body.ReadAsync(new byte[5], cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThatAsync(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }

    [Test]
    public async Task Disposing_a_response_ends_its_read()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[5]);
            ValueTask<int> read = body.ReadAsync(new byte[5]);
            response.Dispose();
            await Assert.ThatAsync(async () => await read, Throws.InstanceOf<ObjectDisposedException>());
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }

    [Test]
    public async Task Disposing_the_loop_ends_everything_that_waits()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WaitForCloseAsync();
        });
        var loop = new UringLoop(new UringLoopOptions { Backend = Backend });
        using var client = new HttpClient(new UringHttpHandler(loop, new UringHttpHandlerOptions { MaxConnectionsPerServer = 2 }));
        Task<string>[] waiting =
        [
            .. Enumerable.Range(0, 10).Select(_ => Caller == Caller.Loop
                ? loop.RunAsync(() => client.GetStringAsync(peer.Uri))
                : Task.Run(() => client.GetStringAsync(peer.Uri)))
        ];
        while (loop.Counters.OpenDescriptors < 2)
        {
            await loop.RunAsync(() => Task.CompletedTask);
        }

        loop.Dispose();
        foreach (Task<string> one in waiting)
        {
            await Assert.ThatAsync(
                async () => await one.WaitAsync(Patience),
                Throws.InstanceOf<ObjectDisposedException>().Or.InstanceOf<HttpRequestException>());
        }

        Assert.That(loop.Counters, Has.Property("OpenDescriptors").Zero.And.Property("OperationsInFlight").Zero);
    }

    /// <summary>
    /// Every stage, at random: cancels, disposals and faults of the peer, thousands of times at once on few connections. Each
    /// request ends; right answers are right; afterwards every slot, block, operation and descriptor is back.
    /// </summary>
    [Test]
    public async Task Twenty_thousand_random_exchanges_leave_nothing_behind()
    {
        const int Requests = 5_000; // on each of the four fixtures
        const int Workers = 32;
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        await using var peer = new ScriptedPeer(connection => ServeAtRandomAsync(connection, seed));
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 8 });
        int answered = 0;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => CallAsync(async () =>
        {
            var random = new Random(seed + worker);
            for (int i = 0; i < Requests / Workers; i++)
            {
                if (await ExchangeAtRandomAsync(client, peer.Uri, random))
                {
                    Interlocked.Increment(ref answered);
                }
            }
        })));
        Assert.That(answered, Is.GreaterThan(Requests / 10), "most exchanges that nothing ended early are answered");

        // All eight slots are there: eight requests at once are answered.
        await using var good = ScriptedPeer.Answering(Ok);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetStringAsync(good.Uri))));
    }

    private static async Task<bool> ExchangeAtRandomAsync(HttpClient client, Uri uri, Random random)
    {
        int length = random.Next(4) switch
        {
            0 => 0,
            1 => random.Next(100),
            2 => random.Next(20_000),
            _ => random.Next(200_000),
        };
        using var cancel = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(uri, $"/{length}"));
        byte[] content = new byte[random.Next(3) switch { 0 => 0, 1 => random.Next(1000), _ => random.Next(100_000) }];
        request.Content = random.Next(2) == 0 ? new ByteArrayContent(content) : new StreamContent(new MemoryStream(content));
        request.Headers.TransferEncodingChunked = random.Next(3) == 0 ? true : null;
        if (random.Next(3) > 0)
        {
            cancel.CancelAfter(TimeSpan.FromMicroseconds(random.Next(3_000)));
        }

        try
        {
            bool cancelAtOnce = random.Next(10) == 0;
            Task<HttpResponseMessage> sending = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel.Token);
            if (cancelAtOnce)
            {
                await cancel.CancelAsync();
            }

            using HttpResponseMessage response = await sending;
            if (random.Next(5) == 0)
            {
                return false; // and its body is never read
            }

            byte[] body = await response.Content.ReadAsByteArrayAsync(cancel.Token);
            Assert.That(body, Has.Length.EqualTo(length));
            Assert.That(body.AsSpan().ContainsAnyExcept((byte)(length % 251)), Is.False, "an answer that is not this request's");
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            return false;
        }
    }

    /// <summary>Answers what the path asks for; one time in twenty does something worse.</summary>
    private static async Task ServeAtRandomAsync(PeerConnection peer, int seed)
    {
        var random = new Random(seed ^ (peer.Index * 7919));
        while (await peer.ReadHeadAsync() is { } head)
        {
            int length = int.Parse(head.Split(' ')[1].AsSpan(1));
            int stated = head.Split("\r\n").Where(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))
                .Select(line => int.Parse(line.AsSpan(16))).FirstOrDefault(-1);
            int worse = random.Next(20);
            if (worse == 0)
            {
                peer.Reset();
                return;
            }

            _ = stated >= 0 ? await peer.ReadAsync(stated) : (object)await peer.ReadChunkedAsync();
            byte[] body = new byte[length];
            Array.Fill(body, (byte)(length % 251));
            bool chunked = random.Next(2) == 0 && length > 0;
            await peer.WriteAsync(chunked
                ? $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:X}\r\n"
                : $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            await peer.WriteAsync(worse == 1 ? body[..(length / 2)] : body);
            if (worse == 1 && length > 0)
            {
                return;
            }

            if (chunked)
            {
                await peer.WriteAsync("\r\n0\r\n\r\n");
            }
        }
    }

    private async Task CancelAsync(HttpClient client, Uri uri, Func<bool> isThere, HttpContent? content = null)
    {
        using var cancel = new CancellationTokenSource();
        Task request = CallAsync(async () =>
        {
            using var message = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, uri) { Content = content };
            using HttpResponseMessage response = await client.SendAsync(message, cancel.Token);
        });
        await UntilAsync(_ => isThere());
        await cancel.CancelAsync();
        await Assert.ThatAsync(async () => await request, Throws.InstanceOf<OperationCanceledException>());
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }
}
