using System.Collections.Concurrent;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Pipelines;

/// <summary>Requests that are sent before earlier ones are answered: which, how many, and in which order.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class PipelineTests(UringBackend backend) : PipelineFixture(backend)
{
    [Test]
    public async Task Many_heads_leave_in_one_send_and_each_caller_gets_its_own_answer()
    {
        string first = string.Empty;
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.WriteAsync(AnswerTo((await peer.ReadHeadAsync())!));
            byte[] buffer = new byte[64 * 1024];
            int count = await peer.Stream.ReadAsync(buffer, peer.Stop);
            first = Encoding.ASCII.GetString(buffer, 0, count);
            string[] heads = first.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries);
            await peer.WriteAsync(string.Concat(heads.Select(head => AnswerTo(head))));
            await AnswerAllAsync(peer);
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            await Task.WhenAll(Enumerable.Range(0, 16).Select(i => SendAsync(
                client, peer, i % 3 == 1 ? HttpMethod.Head : HttpMethod.Get, i % 2 == 0 ? $"/{i}" : $"/{i}/chunked")));
        });
        Assert.That(first.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(16), "one segment");
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task No_more_than_the_depth_are_unanswered([Values(1, 2, 5)] int depth)
    {
        int most = 0;
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.WriteAsync(AnswerTo((await peer.ReadHeadAsync())!));
            var unanswered = new Queue<string>();
            for (int read = 0; read < 20 || unanswered.Count > 0;)
            {
                await SettleAsync();
                while (read < 20 && (peer.HasMore || unanswered.Count == 0))
                {
                    unanswered.Enqueue((await peer.ReadHeadAsync())!);
                    most = Math.Max(most, unanswered.Count);
                    read++;
                }

                await peer.WriteAsync(AnswerTo(unanswered.Dequeue()));
            }
        });
        using UringHttpClient client = NewPipeliningClient(depth);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => GetAsync(client, peer, $"/{i}")));
        });
        Assert.That(most, Is.EqualTo(depth), "all of the depth, and not more");
    }

    [Test]
    public async Task The_first_exchange_of_a_connection_is_alone()
    {
        bool wasAlone = false;
        await using var peer = new ScriptedPeer(async peer =>
        {
            string head = (await peer.ReadHeadAsync())!;
            await SettleAsync();
            wasAlone = !peer.HasMore;
            await peer.WriteAsync(AnswerTo(head));
            await AnswerAllAsync(peer);
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 10).Select(i => GetAsync(client, peer, $"/{i}"))));
        Assert.That(wasAlone, Is.True);
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task An_idle_connection_and_a_new_one_come_before_a_place_behind_others()
    {
        var unanswered = new ConcurrentDictionary<int, int>();
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.WriteAsync(AnswerTo((await peer.ReadHeadAsync())!));
            string[] heads = await ReadHeadsAsync(peer, 2);
            await SettleAsync();
            unanswered[peer.Index] = peer.HasMore ? 3 : 2;
            await peer.WriteAsync(string.Concat(heads.Select(head => AnswerTo(head))));
            await AnswerAllAsync(peer);
        });
        using UringHttpClient client = NewPipeliningClient(16, options => options.MaxConnectionsPerServer = 3);
        await CallAsync(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(i => GetAsync(client, peer, $"/warm/{i}")));
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => GetAsync(client, peer, $"/{i}")));
        });
        Assert.That(unanswered.Values, Is.EqualTo(new[] { 2, 2, 2 }), "spread evenly");
    }

    [Test]
    public async Task A_post_has_its_connection_to_itself()
    {
        var log = new List<string>();
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                bool isPost = head.StartsWith("POST", StringComparison.Ordinal);
                if (isPost)
                {
                    await peer.ReadAsync(1);
                    await SettleAsync();
                    Assert.That(peer.HasMore, Is.False, "nothing is behind a POST");
                }

                log.Add(TargetOf(head));
                await peer.WriteAsync(AnswerTo(head));
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            await Task.WhenAll(Enumerable.Range(0, 12).Select(
                i => SendAsync(client, peer, i is 4 or 5 or 9 ? HttpMethod.Post : HttpMethod.Get, $"/{i}")));
        });
        Assert.That(log, Is.EqualTo(Enumerable.Range(0, 12).Select(i => $"/{i}").Prepend("/warm")), "first come, first served");
    }

    [Test]
    public async Task What_asks_for_the_connections_end_or_change_is_alone([Values("Connection: close", "Upgrade: x", "1.0")] string how)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                if (head.Contains(how, StringComparison.Ordinal))
                {
                    await SettleAsync();
                    Assert.That(peer.HasMore, Is.False);
                    await peer.WriteAsync(AnswerTo(head, "Connection: close\r\n"));
                    return;
                }

                await peer.WriteAsync(AnswerTo(head));
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(peer.Uri, "/alone"));
        message.Headers.ConnectionClose = how == "Connection: close" ? true : null;
        message.Version = how == "1.0" ? new Version(1, 0) : new Version(1, 1);
        if (how == "Upgrade: x")
        {
            message.Headers.Upgrade.ParseAdd("x");
        }

        var alone = new UringHttpRequest(message);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Enumerable.Range(0, 3).Select(i => GetAsync(client, peer, $"/{i}"))];
            ValueTask<UringHttpResponse> sending = client.SendAsync(alone);
            Task last = GetAsync(client, peer, "/last");
            using (UringHttpResponse response = await sending)
            {
                Assert.That(await TextAsync(response), Is.EqualTo("/alone"));
            }

            await Task.WhenAll([.. gets, last]);
        });
    }

    [Test]
    public async Task A_server_of_http_1_0_gets_one_at_a_time()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                await SettleAsync();
                Assert.That(peer.HasMore, Is.False);
                string answer = AnswerTo(head, "Connection: keep-alive\r\n");
                await peer.WriteAsync(answer.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal));
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 10).Select(i => GetAsync(client, peer, $"/{i}"))));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task An_answer_waits_for_the_end_of_the_body_before_it()
    {
        await using var peer = new ScriptedPeer(AnswerAllAsync);
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            ValueTask<UringHttpResponse> sending = client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, "/held")));
            Task second = GetAsync(client, peer, "/second");
            using (UringHttpResponse held = await sending)
            {
                for (int i = 0; i < 20; i++)
                {
                    await Task.Yield();
                }

                Assert.That(second.IsCompleted, Is.False);
                Assert.That(await TextAsync(held), Is.EqualTo("/held"));
                await second; // though the first is not disposed
            }
        });
    }

    [Test]
    public async Task Nobodys_code_runs_inside_of_anothers()
    {
        await using var peer = new ScriptedPeer(AnswerAllAsync);
        using UringHttpClient client = NewPipeliningClient(500);
        int running = 0;
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
            {
                UringHttpResponse response = await client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, $"/{i}")));
                Assert.That(++running, Is.EqualTo(1));
                ValueTask<int> read = response.ReadAsync(new byte[100]);
                running--;
                Assert.That(await read, Is.GreaterThan(0));
                Assert.That(++running, Is.EqualTo(1));
                response.Dispose();
                running--;
            }));
        });
    }

    [Test]
    public async Task Requests_without_room_wait_and_follow()
    {
        await using var peer = new ScriptedPeer(AnswerAllAsync);
        using UringHttpClient client = NewPipeliningClient(4);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 500).Select(i => GetAsync(client, peer, $"/{i}"))));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task In_the_steady_state_nothing_is_allocated()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            byte[] buffer = new byte[64 * 1024];
            byte[] answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            int got = 0;
            int count;
            while ((count = await peer.Stream.ReadAsync(buffer.AsMemory(got), peer.Stop)) > 0)
            {
                got += count;
                int end;
                int from = 0;
                while ((end = buffer.AsSpan(from, got - from).IndexOf("\r\n\r\n"u8)) >= 0)
                {
                    from += end + 4;
                    await peer.Stream.WriteAsync(answer, peer.Stop);
                }

                buffer.AsSpan(from, got - from).CopyTo(buffer);
                got -= from;
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        var request = new UringHttpRequest(peer.Uri);
        long allocated = -1;
        await CallAsync(async () =>
        {
            await SendAsync(5_000);
            long before = GC.GetAllocatedBytesForCurrentThread(); // the loop's own: the peer's are not in it
            await SendAsync(5_000);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.That(peer.Accepted, Is.EqualTo(1));

        // Sixteen state machines that send, and what waits for them all; a single byte for each request would be 5,000.
        Assert.That(allocated, Is.LessThan(5_000));

        Task SendAsync(int count) => Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            byte[] body = GC.AllocateUninitializedArray<byte>(8);
            while (count-- > 0)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                while (await response.ReadAsync(body) > 0)
                {
                }
            }
        }));
    }

    [Test]
    public void The_depth_has_its_limits()
    {
        Assert.That(() => NewPipeliningClient(0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 1000"));
        Assert.That(() => NewPipeliningClient(1001), Throws.InstanceOf<ArgumentOutOfRangeException>());
        using UringHttpClient client = new(Loop);
        Assert.That(client.MaxPipelineDepth, Is.EqualTo(1));
    }

    [Test]
    public async Task What_an_answer_came_over_is_told()
    {
        await using var peer = new ScriptedPeer(AnswerAllAsync);
        using UringHttpClient client = NewPipeliningClient(16, options => options.ReportConnectionInfo = true);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
            {
                using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, $"/{i}")));
                Assert.That(response.ConnectionInfo!.IsReused, Is.True);
                Assert.That(response.ConnectionInfo.FirstByteTime, Is.GreaterThan(TimeSpan.Zero).And.LessThan(Patience));
                Assert.That(response.ConnectionInfo.QueueTime, Is.GreaterThanOrEqualTo(TimeSpan.Zero).And.LessThan(Patience));
                Assert.That(await TextAsync(response), Is.EqualTo($"/{i}"));
            }));
        });
    }

    [Test]
    public async Task A_real_nginx_gives_ten_thousand_right_answers()
    {
        using Nginx nginx = Nginx.Start("keepalive_requests 1000;"); // its default: the connection ends under a pipeline ten times
        byte[][] files = [.. Enumerable.Range(0, 20).Select(i => nginx.AddFile($"{i}", i * i * 97))];
        using UringHttpClient client = NewPipeliningClient(16, options => options.MaxConnectionsPerServer = 2);
        int next = 0;
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            int i;
            while ((i = next++) < 10_000)
            {
                using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(new Uri(nginx.Uri, $"/{i % 20}")));
                AssertSame(await response.ReadAsByteArrayAsync(), files[i % 20]);
            }
        })));
    }
}
