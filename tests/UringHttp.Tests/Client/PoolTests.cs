using System.Collections.Concurrent;
using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class PoolTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task Requests_at_once_have_a_connection_each()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            string[] got = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(peer.Uri)));
            Assert.That(got, Is.All.EqualTo("hello"));
        });
        Assert.That(peer.Accepted, Is.InRange(2, 20));
    }

    [Test]
    public async Task No_more_connections_are_made_than_allowed_and_waiters_are_served_in_order()
    {
        var order = new ConcurrentQueue<string>();
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                order.Enqueue(head.Split(' ')[1]);
                await peer.WriteAsync(Ok);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 50).Select(i => client.GetStringAsync(new Uri(peer.Uri, $"/{i}")))));
        Assert.That(peer.Accepted, Is.EqualTo(1));
        Assert.That(order, Is.EqualTo(Enumerable.Range(0, 50).Select(i => $"/{i}")));
    }

    [Test]
    public async Task A_waiter_that_gives_up_is_passed_over()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await go.Task.WaitAsync(peer.Stop);
                await peer.WriteAsync(Ok);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        await CallAsync(async () =>
        {
            using var cancel = new CancellationTokenSource();
            Task<string> first = client.GetStringAsync(peer.Uri);
            Task<string> second = client.GetStringAsync(peer.Uri, cancel.Token);
            Task<string> third = client.GetStringAsync(peer.Uri);
            await cancel.CancelAsync();
            await Assert.ThatAsync(async () => await second, Throws.InstanceOf<OperationCanceledException>());
            go.SetResult();
            Assert.That(await first, Is.EqualTo("hello"));
            Assert.That(await third, Is.EqualTo("hello"));
        });
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_waiter_gets_the_slot_of_a_connection_that_closed()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 2 });
        string[] got = await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(peer.Uri))));
        Assert.That(got, Is.All.EqualTo("ok"));
        Assert.That(peer.Accepted, Is.EqualTo(20));
    }

    [Test]
    public async Task A_waiter_gets_the_slot_of_a_connection_that_could_not_be_made()
    {
        Uri nobody;
        await using (var peer = ScriptedPeer.Answering(Ok))
        {
            nobody = peer.Uri;
        }

        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        await CallAsync(async () =>
        {
            Task<string>[] all = [.. Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(nobody))];
            foreach (Task<string> one in all)
            {
                await Assert.ThatAsync(async () => await one, Throws.InstanceOf<HttpRequestException>());
            }
        });
    }

    [Test]
    public async Task A_connection_that_the_server_closed_while_idle_is_not_used([Values] bool reset)
    {
        var answered = new SemaphoreSlim(0);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(Ok);
            await answered.WaitAsync(peer.Stop);
            if (reset)
            {
                peer.Reset();
            }
        });
        HttpClient client = NewClient();
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
            await UntilAsync(now => now.OpenDescriptors == 1);
            answered.Release();
            await UntilAsync(now => now.OpenDescriptors == 0);
        }

        Assert.That(peer.Accepted, Is.EqualTo(5));
    }

    [Test]
    public async Task A_connection_on_which_unasked_bytes_arrive_is_not_used([Values] bool withTheResponse)
    {
        const string Unasked = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        var answered = new SemaphoreSlim(0);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(withTheResponse ? Ok + Unasked : Ok);
            await answered.WaitAsync(peer.Stop);
            await peer.WriteAsync(Unasked);
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
            answered.Release();
            await UntilAsync(now => now.OpenDescriptors == 0);
        }

        Assert.That(peer.Accepted, Is.EqualTo(3));
    }

    [Test]
    public async Task An_idle_connection_holds_no_block_and_is_closed_after_its_time()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(50) });
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.GetStringAsync(peer.Uri))));
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task Idle_connections_hold_no_blocks()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient();
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(peer.Uri))));
        await UntilAsync(now => now.BlocksRented == 0);
        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(peer.Accepted));
    }

    /// <summary>What has served it goes on to serve others for as long as the handler lives.</summary>
    [Test]
    public async Task A_connection_that_is_closed_is_kept_by_nobody()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        WeakReference? stream = null;
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(20),
            ConnectCallback = async (_, token) =>
            {
                var connected = new UringStream(await UringSocket.ConnectAsync(Loop, peer.EndPoint, cancellationToken: token));
                stream = new WeakReference(connected);
                return connected;
            },
        });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        await UntilAsync(now => now.OpenDescriptors == 0);
        await Support.Patience.Until(() =>
        {
            GC.Collect();
            return !stream!.IsAlive;
        });
    }

    [Test]
    public async Task With_an_idle_timeout_of_zero_no_connection_is_used_twice()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { PooledConnectionIdleTimeout = TimeSpan.Zero });
        for (int i = 0; i < 3; i++)
        {
            await CallAsync(() => client.GetStringAsync(peer.Uri));
        }

        Assert.That(peer.Accepted, Is.EqualTo(3));
    }

    [Test]
    public async Task A_response_that_is_not_read_gives_its_connection_back_or_closes_it([Values(5, 10_000_000)] int length)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{new string('x', length)}");
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task A_response_that_is_dropped_gives_its_slot_back()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        await DropAsync(client, peer.Uri);
        Task<HttpResponseMessage> next = CallAsync(() => client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead));
        while (!next.IsCompleted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.WhenAny(next, Task.Delay(10));
        }

        (await next).Dispose();
    }

    [Test]
    public async Task Disposing_the_handler_lets_exchanges_finish_and_closes_the_rest()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                if (head.StartsWith("GET /wait", StringComparison.Ordinal))
                {
                    arrived.SetResult();
                    await go.Task.WaitAsync(peer.Stop);
                }

                await peer.WriteAsync(Ok);
            }
        });
        var handler = new UringHttpHandler(Loop);
        using var invoker = new HttpMessageInvoker(handler);
        (await CallAsync(() => invoker.SendAsync(new HttpRequestMessage(HttpMethod.Get, peer.Uri), default))).Dispose();
        Task<HttpResponseMessage> waiting = CallAsync(() =>
            invoker.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(peer.Uri, "/wait")), default));
        await arrived.Task.WaitAsync(Patience);
        handler.Dispose();
        go.SetResult();
        using (HttpResponseMessage response = await waiting)
        {
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("hello"));
        }

        await UntilAsync(now => now.OpenDescriptors == 0);
        using var late = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        await Assert.ThatAsync(
            async () => await CallAsync(() => invoker.SendAsync(late, default)),
            Throws.InstanceOf<ObjectDisposedException>());
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private async Task DropAsync(HttpClient client, Uri uri) =>
        _ = await CallAsync(() => client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead));
}
