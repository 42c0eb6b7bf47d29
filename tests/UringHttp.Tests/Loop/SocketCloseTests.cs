using System.Net;
using System.Runtime.CompilerServices;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketCloseTests(UringBackend backend) : LoopFixture(backend)
{
    /// <summary>Many rounds: a receive that gives 0 instead would pass a cut stream for a whole one.</summary>
    [Test]
    public async Task What_is_in_flight_ends_with_ObjectDisposedException([Values] bool onLoop, [Values] bool disposeOnLoop)
    {
        for (var i = 0; i < 50; i++)
        {
            using var pair = await SocketPair.ConnectAsync(Loop, new SocketSettings { SendBufferSize = 8192 });
            await Run(onLoop, async () =>
            {
                var tasks = new[]
                {
                    pair.Near.ReceiveAsync(new byte[1]).AsTask(),
                    pair.Near.SendAsync(new byte[16 * 1024 * 1024]).AsTask(),
                    pair.Near.WaitReadableAsync().AsTask(),
                };
                if (i % 2 == 0)
                {
                    await Patience.Until(() => Loop.Counters.OperationsInFlight == 3);
                }

                await Run(disposeOnLoop, () =>
                {
                    pair.Near.Dispose();
                    return Task.CompletedTask;
                });
                foreach (var (number, task) in tasks.Index())
                {
                    await task.Fails<ObjectDisposedException>($"operation {number} of round {i}");
                }

                await pair.Near.DisposeAsync();
            }).Soon();
        }
    }

    [Test]
    public async Task The_peer_sees_the_end([Values] bool receiving, [Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var receive = receiving ? pair.Near.ReceiveAsync(new byte[1]).AsTask() : null;
            pair.Near.Dispose();
            if (receive is not null)
            {
                await receive.Fails<ObjectDisposedException>();
            }
        });
        Assert.That(await pair.Far.ReceiveAsync(new byte[1]).Soon(), Is.Zero);
    }

    [Test]
    public async Task Bytes_that_were_sent_before_arrive()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await pair.Near.SendAsync(new byte[100_000]).Soon();
        pair.Near.Dispose();
        var total = 0;
        var buffer = new byte[8192];
        int count;
        while ((count = await pair.Far.ReceiveAsync(buffer).Soon()) > 0)
        {
            total += count;
        }

        Assert.That(total, Is.EqualTo(100_000));
    }

    [Test]
    public async Task Awaiting_it_means_that_the_descriptor_is_closed([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var receive = pair.Near.ReceiveAsync(new byte[1]).AsTask();
            await pair.Near.DisposeAsync();
            Assert.That(Loop.Counters.OpenDescriptors, Is.Zero);
            await pair.Near.DisposeAsync();
            await receive.Fails<ObjectDisposedException>();
        });
    }

    [Test]
    public async Task A_closed_socket_refuses_everything([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await pair.Near.DisposeAsync().Soon();
        await Run(onLoop, async () =>
        {
            await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<ObjectDisposedException>();
            await pair.Near.ReceiveAsync(Memory<byte>.Empty).AsTask().Fails<ObjectDisposedException>();
            await pair.Near.SendAsync(new byte[1]).AsTask().Fails<ObjectDisposedException>();
            await pair.Near.WaitReadableAsync().AsTask().Fails<ObjectDisposedException>();
            Assert.Throws<ObjectDisposedException>(() => _ = pair.Near.LocalEndPoint);
            pair.Near.ShutdownSend();
        });
    }

    [Test]
    public async Task A_port_can_be_bound_again_when_its_listener_is_closed()
    {
        var local = new IPEndPoint(IPAddress.Loopback, 0);
        for (var i = 0; i < 100; i++)
        {
            await using var listener = UringListener.Bind(Loop, local);
            local = (IPEndPoint)listener.LocalEndPoint;
            if (i % 2 == 0)
            {
                using var client = await UringSocket.ConnectAsync(Loop, local).Soon();
                using var server = await listener.AcceptAsync().Soon();
            }
        }
    }

    [Test]
    public async Task A_socket_that_was_dropped_is_closed_by_its_finalizer([Values] bool withTimeout)
    {
        using var listener = SocketPair.Listen();
        await ConnectAndDropAsync(listener.LocalEndPoint!, withTimeout);
        using var far = await listener.AcceptAsync();
        Assert.That(await far.ReceiveAsync(new byte[10]).Soon(), Is.EqualTo(1));
        var end = far.ReceiveAsync(new byte[1]);
        await Patience.Until(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return end.IsCompleted;
        });
        Assert.That(await end, Is.Zero);
        await Patience.Until(() => Loop.Counters.OpenDescriptors == 0);
    }

    [Test]
    public async Task A_socket_with_a_receive_in_flight_is_not_taken_for_dropped()
    {
        using var listener = SocketPair.Listen();
        var receive = ConnectAndReceiveAsync(listener.LocalEndPoint!);
        using var far = await listener.AcceptAsync();
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.That(receive.IsCompleted, Is.False);
        await far.SendAsync(new byte[] { 4 });
        Assert.That(await receive.Soon(), Is.EqualTo(1));
    }

    /// <summary>The number of a closed descriptor goes to the next socket at once: what is late must not reach it.</summary>
    [Test]
    public async Task What_comes_late_for_a_descriptor_does_not_reach_its_next_owner()
    {
        await Loop.RunAsync(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var cancel = new CancellationTokenSource();
                var old = await SocketPair.ConnectAsync(Loop);
                var receive = old.Near.ReceiveAsync(new byte[1], cancel.Token).AsTask();
                var wait = old.Near.WaitReadableAsync(cancel.Token).AsTask();
                old.Far.Send([1]);
                old.Near.Dispose();
                cancel.Cancel();
                using var next = await SocketPair.ConnectAsync(Loop);
                next.Far.Send([2]);
                var buffer = new byte[2];
                Assert.That((await next.Near.ReceiveAsync(buffer).Soon(), buffer[0]), Is.EqualTo((1, 2)), $"round {i}");
                await Task.WhenAll(receive, wait).ContinueWith(_ => { }, TaskScheduler.Default).Soon();
                old.Dispose();
            }
        }).Soon();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task ConnectAndDropAsync(EndPoint remote, bool withTimeout)
    {
        var timeout = withTimeout ? TimeSpan.FromHours(1) : Timeout.InfiniteTimeSpan;
        var socket = await UringSocket.ConnectAsync(Loop, remote, timeout: timeout);
        socket.SendTimeout = timeout;
        await socket.SendAsync(new byte[1]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<int> ConnectAndReceiveAsync(EndPoint remote)
    {
        var socket = await UringSocket.ConnectAsync(Loop, remote);
        return await socket.ReceiveAsync(new byte[1]);
    }
}
