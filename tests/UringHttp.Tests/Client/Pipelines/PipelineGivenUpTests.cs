using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Pipelines;

/// <summary>
/// Requests of a pipeline that their callers give up, by a token, a limit of time or a disposal, and what becomes of the others.
/// </summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class PipelineGivenUpTests(UringBackend backend) : PipelineFixture(backend)
{
    /// <summary>Longer than an exchange takes on a busy machine.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    [Test]
    public async Task A_body_that_is_given_up_is_passed_over_or_ends_the_connection([Values(10, 100_000, 100_000_000)] int length)
    {
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync($"{AnswerTo(heads[0])}HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            await connection.WriteAsync(new byte[length]);
            await connection.WriteAsync(string.Concat(heads[2..].Select(head => AnswerTo(head))));
            await AnswerAllAsync(connection);
        });
        using UringHttpClient client = NewPipeliningClient(16);
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task first = GetAsync(client, peer, "/0");
            ValueTask<UringHttpResponse> second = client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, "/1")));
            Task[] rest = [.. Eight[2..].Select(i => GetAsync(client, peer, $"/{i}"))];
            await first;
            (await second).Dispose();
            await Task.WhenAll(rest);
        });
        bool isClosed = length > 1024 * 1024;
        Assert.That(peer.Accepted, Is.EqualTo(isClosed ? 2 : 1));
        AssertSent(times: i => i >= 2 && isClosed ? 2 : 1);
    }

    [Test]
    public async Task A_request_that_is_cancelled_before_it_is_sent_never_is()
    {
        await using var peer = new ScriptedPeer(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                Targets.Enqueue(TargetOf(head));
                await connection.WriteAsync(AnswerTo(head));
            }
        });
        using UringHttpClient client = NewPipeliningClient(16);
        using var cancel = new CancellationTokenSource();
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => GetAsync(client, peer, $"/{i}", i % 2 == 1 ? cancel.Token : default))];
            await cancel.CancelAsync(); // in the same turn
            foreach (int i in Eight)
            {
                await Assert.ThatAsync(() => gets[i], i % 2 == 1 ? Throws.InstanceOf<OperationCanceledException>() : Throws.Nothing);
            }

            // The last one of a pipeline, too: the connection goes back to the pool.
            using var another = new CancellationTokenSource();
            Task alone = GetAsync(client, peer, "/alone", another.Token);
            await another.CancelAsync();
            await Assert.ThatAsync(() => alone, Throws.InstanceOf<OperationCanceledException>());
            await GetAsync(client, peer, "/last");
        });
        Assert.That(Targets, Is.EqualTo(new[] { "/warm", "/0", "/2", "/4", "/6", "/last" }));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_request_that_is_cancelled_after_it_was_sent_is_told_at_once([Values] bool mayDrain, [Values] bool fromElsewhere)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await go.Task.WaitAsync(connection.Stop);
            await connection.WriteAsync(string.Concat(heads.Select(head => AnswerTo(head))));
            await AnswerAllAsync(connection);
        });
        using UringHttpClient client = NewPipeliningClient(16, options => options.MaxResponseDrainSize = mayDrain ? 1000 : 0);
        using var cancel = new CancellationTokenSource();
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => SendAsync(
                client, peer, i == 3 ? HttpMethod.Head : HttpMethod.Get, $"/{i}", i is 2 or 3 or 7 ? cancel.Token : default))];
            await Task.Run(SettleAsync);
            await (fromElsewhere ? Task.Run(cancel.Cancel) : cancel.CancelAsync());
            foreach (int i in new[] { 2, 3, 7 })
            {
                await Assert.ThatAsync(() => gets[i], Throws.InstanceOf<OperationCanceledException>());
            }

            Assert.That(gets.Count(get => get.IsCompleted), Is.EqualTo(3));
            go.SetResult();
            await Task.WhenAll(gets.Where((_, i) => i is not (2 or 3 or 7)));
            await GetAsync(client, peer, "/last");
        });
        Assert.That(peer.Accepted, Is.EqualTo(mayDrain ? 1 : 2));
        AssertSent(times: i => mayDrain || i is < 4 or 7 ? 1 : 2);
    }

    [Test]
    public async Task The_one_that_is_answered_next_takes_its_connection_with_it_when_it_is_cancelled()
    {
        await using ScriptedPeer peer = Breaking((connection, _) => connection.WaitForCloseAsync());
        using UringHttpClient client = NewPipeliningClient(16);
        using var cancel = new CancellationTokenSource();
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => GetAsync(client, peer, $"/{i}", i == 0 ? cancel.Token : default))];
            await Task.Run(SettleAsync);
            await cancel.CancelAsync();
            await Assert.ThatAsync(() => gets[0], Throws.InstanceOf<OperationCanceledException>());
            await Task.WhenAll(gets[1..]);
        });
        AssertSent(times: i => i == 0 ? 1 : 2);
    }

    [Test]
    public async Task An_answer_that_nobody_wants_and_that_does_not_come_is_not_waited_for_long()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await go.Task.WaitAsync(connection.Stop);
            await connection.WriteAsync(AnswerTo(heads[0]));
            await connection.WaitForCloseAsync();
        });
        using UringHttpClient client = NewPipeliningClient(16, o => o.ResponseDrainTimeout = TimeSpan.FromMilliseconds(20));
        using var cancel = new CancellationTokenSource();
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            Task[] gets = [.. Eight.Select(i => GetAsync(client, peer, $"/{i}", i == 1 ? cancel.Token : default))];
            await Task.Run(SettleAsync);
            await cancel.CancelAsync();
            await Assert.ThatAsync(() => gets[1], Throws.InstanceOf<OperationCanceledException>());
            go.SetResult();
            await Task.WhenAll(gets.Where((_, i) => i != 1));
        });
    }

    [Test]
    public async Task A_limit_of_time_holds_for_those_behind([Values] bool total, [Values] bool isHeld)
    {
        await using ScriptedPeer peer = Breaking(async (connection, heads) =>
        {
            await connection.WriteAsync(isHeld ? AnswerTo(heads[0]) : string.Empty);
            await connection.WaitForCloseAsync();
        }, connection => connection.WaitForCloseAsync());
        using UringHttpClient client = NewPipeliningClient(16, options =>
        {
            options.TotalTimeout = total ? s_limit : options.TotalTimeout;
            options.ResponseHeadTimeout = total ? options.ResponseHeadTimeout : s_limit;
        });
        await CallAsync(async () =>
        {
            await WarmUpAsync(client, peer);
            ValueTask<UringHttpResponse> first = client.SendAsync(new UringHttpRequest(new Uri(peer.Uri, "/0")));
            Task[] gets = [.. Eight[1..].Select(i => GetAsync(client, peer, $"/{i}"))];
            UringHttpResponse held = default;
            if (isHeld)
            {
                held = await first; // and does not read it
            }
            else
            {
                await Assert.ThatAsync(first.AsTask, Throws.InstanceOf<TaskCanceledException>());
            }

            foreach (Task get in gets)
            {
                TaskCanceledException? late = await Assert.ThrowsAsync<TaskCanceledException>(() => get);
                Assert.That(late!.InnerException, Is.InstanceOf<TimeoutException>());
            }

            held.Dispose();
        });
    }
}
