using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Pipelines;

/// <summary>
/// What becomes of requests behind others when something ends before their answers come: the connection, another request, the
/// client. Each ends once; what nobody has given up gets its own answer.
/// </summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class PipelineEndTests(UringBackend backend) : PipelineFixture(backend)
{
    [Test]
    public async Task When_the_connection_is_closed_or_reset_those_without_answer_are_sent_again([Values] bool isReset)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync(string.Concat(heads[..3].Select(head => AnswerTo(head))));
            await answered.Task.WaitAsync(connection.Stop);
            if (isReset)
            {
                connection.Reset();
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => GetAsync(client, peer, $"/{i}"))];
            await Task.WhenAll(gets[..3]);
            answered.SetResult();
            await Task.WhenAll(gets);
        });
        Assert.That(peer.Accepted, Is.EqualTo(2));
        AssertSent(times: i => i < 3 ? 1 : 2);
    }

    [Test]
    public async Task When_an_answer_breaks_off_it_fails_and_those_behind_it_are_sent_again([Values] bool inHead)
    {
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync(AnswerTo(heads[0]));
            await connection.WriteAsync(inHead ? "HTTP/1.1 20" : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => GetAsync(client, peer, $"/{i}"))];
            Exception? failure = await Assert.CatchAsync(() => gets[1]);
            Assert.That(failure, inHead ? Is.InstanceOf<HttpRequestException>() : Is.InstanceOf<HttpIOException>());
            await Task.WhenAll(gets.Where((_, i) => i != 1));
        });
        AssertSent(times: i => i < 2 ? 1 : 2);
    }

    [Test]
    public async Task When_a_close_is_announced_those_behind_are_sent_again_at_once()
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync(AnswerTo(heads[0]));
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
            await rest.Task.WaitAsync(connection.Stop);
            await connection.WriteAsync("/1");
        });
        using UringHttpClient client = NewPipeliningClient(16, options => options.MaxConnectionsPerServer = 2);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task first = GetAsync(client, peer, "/0");
            ValueTask<UringHttpResponse> holding = client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, "/held")));
            Task[] gets = [first, .. Eight[1..].Select(i => GetAsync(client, peer, $"/{i}"))];
            (await holding).Dispose(); // it had the other connection
            await Task.WhenAll(gets[2..]);
            Assert.That(gets[1].IsCompleted, Is.False);
            rest.SetResult();
            await gets[1];
        });
        AssertSent(times: i => i < 2 ? 1 : 2);
    }

    [Test]
    public async Task When_an_answer_is_nonsense_it_fails_and_those_behind_it_are_sent_again()
    {
        await using ScriptedPeer peer = Breaking(
            (connection, heads) => connection.WriteAsync($"{AnswerTo(heads[0])}nonsense\r\n\r\n{AnswerTo(heads[2])}"));
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => GetAsync(client, peer, $"/{i}"))];
            HttpRequestException? failure = await Assert.ThrowsAsync<HttpRequestException>(() => gets[1]);
            Assert.That(failure!.HttpRequestError, Is.EqualTo(HttpRequestError.InvalidResponse));
            await Task.WhenAll(gets.Where((_, i) => i != 1));
        });
        AssertSent(times: i => i < 2 ? 1 : 2);
    }

    [Test]
    public async Task Bytes_behind_the_last_answer_are_nobodys()
    {
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync(string.Concat(heads.Select(head => AnswerTo(head))) + AnswerTo("GET /nobodys HTTP/1.1"));
            await connection.WaitForCloseAsync();
        });
        using UringHttpClient client = NewPipeliningClient(8);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            string more = new('x', 200); // the end of the last answer and what is behind it are received together
            await Task.WhenAll(Eight.Select(async i =>
            {
                using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, $"/{i}/{more}")));
                while (!(await response.ReadAsync()).IsEmpty)
                {
                }
            }));
            await GetAsync(client, peer, "/next");
        });
        Assert.That(peer.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task Bytes_that_came_before_a_request_was_sent_are_not_its_answer()
    {
        await using var peer = new ScriptedPeer(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                string more = $"X-More: {new string('x', 200)}\r\n"; // so the answer and what is behind it are received together
                string stray = TargetOf(head) == "/0" ? AnswerTo("GET /nobodys HTTP/1.1") : string.Empty;
                await connection.WriteAsync(AnswerTo(head, more) + stray);
            }
        });
        using UringHttpClient client = NewPipeliningClient(8);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            UringHttpResponse first = await client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, "/0")));
            Task second = GetAsync(client, peer, "/1");
            await Task.Run(SettleAsync); // it is sent, while the first one's body is unread
            Assert.That(await TextAsync(first), Is.EqualTo("/0"));
            first.Dispose();
            await second;
        });
        Assert.That(peer.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task A_request_that_there_is_no_buffer_for_is_not_sent_and_leaves_its_connection([Values(0, 1)] int free)
    {
        const int Memory = 1024 * 1024;
        await using var peer = new ScriptedPeer(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                Targets.Enqueue(TargetOf(head));
                await connection.WriteAsync(AnswerTo(head));
            }
        });
        using var loop = new UringLoop(new UringLoopOptions { Backend = Backend, MaxBlockMemory = Memory });
        using var client = new UringHttpClient(loop, new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 }) { MaxPipelineDepth = 8 };
        await loop.RunAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            List<Block> all = [.. Enumerable.Range(0, (Memory / LoopCore.BlockSize) - free).Select(_ => loop.Core.Blocks.Rent())];
            foreach (int i in Eight[..2])
            {
                HttpRequestException? thrown = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(client, peer, $"/{i}"));
                Assert.That(thrown!.Message, Does.Contain(peer.Uri.Authority).And.Contain("not sent").And.Contain("MaxBlockMemory"));
            }

            all.ForEach(block => block.Return());
            await GetAsync(client, peer, "/2");
        });
        Assert.That(Targets, Is.EqualTo(["/warm", "/2"]));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_that_closes_after_every_answer_gives_them_all([Values] bool announces)
    {
        await using var peer = new ScriptedPeer(async connection =>
        {
            // The second answer is the last one, so that it looks as if the connection was kept.
            await connection.WriteAsync(AnswerTo((await connection.ReadHeadAsync())!));
            if (await connection.ReadHeadAsync() is { } head)
            {
                await connection.WriteAsync(AnswerTo(head, announces ? "Connection: close\r\n" : string.Empty));
            }
        });
        using UringHttpClient client = NewPipeliningClient(16, options => options.MaxConnectionsPerServer = 2);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 60).Select(i => GetAsync(client, peer, $"/{i}"))));
        Assert.That(peer.Accepted, Is.InRange(30, 62));
    }

    [Test]
    public async Task After_a_break_the_server_gets_one_at_a_time()
    {
        await using ScriptedPeer peer = Breaking((connection, heads) => connection.WriteAsync(AnswerTo(heads[0])), async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                await SettleAsync();
                Assert.That(connection.HasMore, Is.False);
                await connection.WriteAsync(AnswerTo(head));
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            await Task.WhenAll(Eight.Select(i => GetAsync(client, peer, $"/{i}")));
        });
    }

    [Test]
    public async Task A_disposed_client_lets_them_finish_and_sends_none_again([Values] bool breaks)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await go.Task.WaitAsync(connection.Stop);
            await connection.WriteAsync(string.Concat(heads[..(breaks ? 3 : 8)].Select(head => AnswerTo(head))));
        });
        using UringHttpClient client = NewPipeliningClient(8);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Enumerable.Range(0, 10).Select(i => GetAsync(client, peer, $"/{i}"))];
            await Task.Run(SettleAsync);
            client.Dispose();
            await Assert.ThatAsync(() => gets[8], Throws.InstanceOf<ObjectDisposedException>(), "it was not sent");
            await Assert.ThatAsync(() => gets[9], Throws.InstanceOf<ObjectDisposedException>());
            go.SetResult();
            foreach (int i in Eight)
            {
                await Assert.ThatAsync(() => gets[i], breaks && i >= 3 ? Throws.Exception : Throws.Nothing);
            }
        });
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_response_that_is_dropped_keeps_nobody()
    {
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{new string('x', 100)}");
            await connection.WaitForCloseAsync();
        });
        using UringHttpClient client = NewPipeliningClient(16);
        Task[] gets = [];
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task dropping = DropAsync(client, peer);
            gets = [.. Eight[1..].Select(i => GetAsync(client, peer, $"/{i}"))];
            await dropping;
        });
        Task all = Task.WhenAll(gets);
        while (!all.IsCompleted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.WhenAny(all, Task.Delay(10));
        }

        await all;
    }

    private static async Task DropAsync(UringHttpClient client, ScriptedPeer peer)
    {
        UringHttpResponse response = await client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, "/0")));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }
}
