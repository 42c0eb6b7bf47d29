using System.Collections.Concurrent;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>The limit of a handler's connections in all, over several origins.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ConnectionSlotsTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task An_idle_connection_makes_room_for_one_to_another_origin()
    {
        await using var first = ScriptedPeer.Answering(Ok);
        await using var second = ScriptedPeer.Answering(Ok);
        await using var third = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnections = 2 });
        foreach (ScriptedPeer peer in new[] { first, second, third, second })
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
            Assert.That(Loop.Counters.OpenDescriptors, Is.LessThanOrEqualTo(2));
        }

        Assert.That(first.Accepted, Is.EqualTo(1), "the one that was idle the longest went");
        Assert.That(second.Accepted, Is.EqualTo(1), "and this one was kept");
        Assert.That(await CallAsync(() => client.GetStringAsync(first.Uri)), Is.EqualTo("hello"));
        Assert.That(first.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task A_send_that_fails_when_its_answer_has_been_read_frees_the_slot()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HeldSendRing? ring = null;
        using var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend }, options => ring = new HeldSendRing(RingFactory.Open(options)));
        using var client = new HttpClient(new UringHttpHandler(loop, new UringHttpHandlerOptions { MaxConnections = 1 }));
        Func<Task> get = async () => Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello"));
        await Call(get).Soon("the answer of which the send is held");
        await loop.RunAsync(() => Task.CompletedTask); // the loop knows that it was read, which it may have been told by a post
        ring!.FailSends(Errno.ENOBUFS);
        await Call(get).Soon("the next request");
        Assert.That(peer.Accepted, Is.EqualTo(2));

        Task Call(Func<Task> code) => Caller == Caller.Loop ? loop.RunAsync(code) : Task.Run(code);
    }

    [Test]
    public async Task A_request_that_gives_up_before_its_origin_had_a_slot_leaves_nothing_behind()
    {
        await using var busy = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        await using var other = ScriptedPeer.Answering(Ok);
        using var handler = new UringHttpHandler(Loop, new UringHttpHandlerOptions { MaxConnections = 1 });
        using var client = new HttpClient(handler);
        using var cancelBusy = new CancellationTokenSource();
        using var cancelOther = new CancellationTokenSource();
        Task first = CallAsync(() => client.GetStringAsync(busy.Uri, cancelBusy.Token));
        await Support.Patience.Until(() => busy.Accepted == 1);
        Task? second = null;
        await CallAsync(() =>
        {
            second = client.GetStringAsync(other.Uri, cancelOther.Token);
            return Task.CompletedTask;
        });
        await Loop.RunAsync(() => Task.CompletedTask); // behind it in the mailbox: it is in line now
        await cancelOther.CancelAsync();
        await second!.Fails<OperationCanceledException>();
        await cancelBusy.CancelAsync();
        await first.Fails<OperationCanceledException>();
        await handler.StopAsync().Soon("the end of all pools");
    }

    /// <summary>Behind a full origin, only the first request claims a slot when one is closed. The next one inherits the claim.</summary>
    [Test]
    public async Task The_slot_that_a_request_waited_for_goes_to_the_next_when_it_gives_up()
    {
        var endFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var endOther = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var busy = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        int connections = 0;
        await using var full = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            if (Interlocked.Increment(ref connections) == 1)
            {
                await endFirst.Task; // and no answer
                return;
            }

            await peer.WriteAsync(Ok);
            await peer.WaitForCloseAsync();
        });
        await using var other = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await endOther.Task;
            await peer.WriteAsync(Ok);
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnections = 2, MaxConnectionsPerServer = 1 });
        using var cancelBusy = new CancellationTokenSource();
        using var cancelFirst = new CancellationTokenSource();
        Task toBusy = await Start(busy, cancelBusy.Token);
        Task failing = await Start(full);
        Task<string> toOther = await Start(other);
        Task first = await Start(full, cancelFirst.Token);
        Task<string> second = await Start(full);
        await Support.Patience.Until(() => connections == 1);
        endFirst.SetResult();
        await failing.Fails<HttpRequestException>();
        await Support.Patience.Until(() => other.Accepted == 1, "it came before");
        await cancelFirst.CancelAsync();
        await first.Fails<OperationCanceledException>();
        endOther.SetResult();
        Assert.That(await toOther.Soon(), Is.EqualTo("hello"));
        Assert.That(await second.Soon("the one behind who gave up"), Is.EqualTo("hello"));
        await cancelBusy.CancelAsync();
        await toBusy.Fails<OperationCanceledException>();

        // In line, or on its way, when this has ended: their order counts.
        async Task<Task<string>> Start(ScriptedPeer peer, CancellationToken token = default)
        {
            Task<string>? task = null;
            await Loop.RunAsync(() =>
            {
                task = client.GetStringAsync(peer.Uri, token);
                return Task.CompletedTask;
            });
            return task!;
        }
    }

    [Test]
    public async Task Requests_to_many_origins_get_through_one_connection_in_their_order()
    {
        var order = new ConcurrentQueue<string>();
        ScriptedPeer[] peers = [.. Enumerable.Range(0, 4).Select(_ => new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                order.Enqueue(head.Split(' ')[1]);
                await peer.WriteAsync(Ok);
            }
        }))];
        try
        {
            HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnections = 1 });
            string[] targets = [.. Enumerable.Range(0, 40).Select(i => $"/{i}")];
            await CallAsync(() => Task.WhenAll(
                targets.Select((target, i) => client.GetStringAsync(new Uri(peers[i / 3 % 4].Uri, target)))));
            Assert.That(order, Is.EqualTo(targets));
        }
        finally
        {
            foreach (ScriptedPeer peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    [Test]
    public async Task Both_limits_hold_together_and_nobody_is_forgotten()
    {
        await using var first = ScriptedPeer.Answering(Ok);
        await using var second = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnections = 3, MaxConnectionsPerServer = 2 });
        var random = new Random(1);
        await CallAsync(async () =>
        {
            Task[] all = [.. Enumerable.Range(0, 400).Select(async i =>
            {
                using var cancel = new CancellationTokenSource();
                Task<string> get = client.GetStringAsync(new Uri((i % 3 == 0 ? first : second).Uri, $"/{i}"), cancel.Token);
                if (random.Next(4) == 0)
                {
                    await cancel.CancelAsync();
                }

                try
                {
                    Assert.That(await get, Is.EqualTo("hello"));
                }
                catch (OperationCanceledException)
                {
                    // it was told to
                }
            })];
            await Task.WhenAll(all);
        });
        Assert.That(Loop.Counters.OpenDescriptors, Is.LessThanOrEqualTo(3));
    }

    [Test]
    public async Task A_connection_that_cannot_be_made_passes_its_slot_on()
    {
        using var closed = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        closed.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnections = 1 });
        await CallAsync(async () =>
        {
            Task<string> refused = client.GetStringAsync(new Uri($"http://{closed.LocalEndPoint}/"));
            Task<string> served = client.GetStringAsync(peer.Uri);
            await Assert.ThrowsAsync<HttpRequestException>(async () => await refused);
            Assert.That(await served, Is.EqualTo("hello"));
        });
    }
}
