using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketSendTests(UringBackend backend) : LoopFixture(backend)
{
    private static readonly SocketSettings SmallBuffer = new() { SendBufferSize = 16 * 1024 };

    [Test]
    public async Task All_of_it_arrives_however_slowly_it_is_read([Values] bool onLoop)
    {
        const int Length = 64 * 1024 * 1024;
        using var pair = await SocketPair.ConnectAsync(Loop);
        var bytes = new byte[Length];
        new Random(3).NextBytes(bytes);
        var reader = Task.Run(() =>
        {
            var buffer = new byte[100_000];
            for (var total = 0; total < Length;)
            {
                var count = pair.Far.Receive(buffer);
                Assert.That(count > 0 && buffer.AsSpan(0, count).SequenceEqual(bytes.AsSpan(total, count)), $"at {total}");
                total += count;
                if (total % 7 == 0)
                {
                    Thread.Yield();
                }
            }
        });
        await Run(onLoop, () => pair.Near.SendAsync(bytes).AsTask());
        await reader.Soon();
    }

    [Test]
    public async Task A_send_that_fails_ends_the_stream_in_both_directions()
    {
        HeldSendRing? ring = null;
        using var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend }, options => ring = new HeldSendRing(RingFactory.Open(options)));
        using var pair = await SocketPair.ConnectAsync(loop);
        var receive = pair.Near.ReceiveAsync(new byte[10]).AsTask();
        var send = pair.Near.SendAsync(new byte[5]).AsTask();
        await Patience.Until(() => ring!.Held == 1);
        ring!.FailSends(Errno.ENOBUFS);
        Assert.That((await send.Fails<UringException>()).Errno, Is.EqualTo(Errno.ENOBUFS));
        Assert.That((await receive.Fails<UringException>()).Errno, Is.EqualTo(Errno.ENOBUFS), "no answer follows half a request");
        Assert.That(await pair.Far.ReceiveAsync(new byte[10]).Soon(), Is.EqualTo(5));
        Assert.That(await pair.Far.ReceiveAsync(new byte[10]).Soon(), Is.Zero, "nor does the other half");
    }

    [Test]
    public async Task A_send_that_nobody_reads_times_out_or_is_cancelled([Values] bool onLoop, [Values] bool cancels)
    {
        using var pair = await SocketPair.ConnectAsync(Loop, SmallBuffer);
        using var cancel = new CancellationTokenSource();
        pair.Near.SendTimeout = cancels ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(50);
        await Run(onLoop, async () =>
        {
            var send = pair.Near.SendAsync(new byte[64 * 1024 * 1024], cancel.Token).AsTask();
            if (cancels)
            {
                await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
                await cancel.CancelAsync();
                Assert.That((await send.Fails<OperationCanceledException>()).CancellationToken, Is.EqualTo(cancel.Token));
            }
            else
            {
                Assert.That((await send.Fails<TimeoutException>()).Message, Does.Contain("send"));
            }
        });
        Assert.That(Loop.Counters.OperationsInFlight, Is.Zero);
    }

    [Test]
    public async Task Sending_nothing_is_done_at_once()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        Assert.That(pair.Near.SendAsync(ReadOnlyMemory<byte>.Empty).AsTask().IsCompletedSuccessfully, Is.True);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        Assert.That(pair.Near.SendAsync(ReadOnlyMemory<byte>.Empty, cancel.Token).AsTask().IsCanceled, Is.True);
    }

    [Test]
    public async Task A_send_to_a_peer_that_has_gone_fails_without_a_signal([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.ResetFar();
        await Run(onLoop, async () =>
        {
            var e = await SendUntilItFails(pair.Near).Fails<UringException>();
            Assert.That(e.Errno, Is.AnyOf(104, 32), "ECONNRESET or EPIPE");
            Assert.That(e.Operation, Is.EqualTo("send"));
        });
    }

    [Test]
    public async Task A_send_that_waits_for_room_fails_when_the_peer_resets()
    {
        using var pair = await SocketPair.ConnectAsync(Loop, SmallBuffer);
        var send = pair.Near.SendAsync(new byte[64 * 1024 * 1024]).AsTask();
        await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
        pair.ResetFar();
        Assert.That((await send.Fails<UringException>()).Errno, Is.AnyOf(104, 32));
    }

    [Test]
    public async Task A_second_send_at_the_same_time_is_refused_and_the_first_goes_on([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop, SmallBuffer);
        await Run(onLoop, async () =>
        {
            var first = pair.Near.SendAsync(new byte[1024 * 1024]).AsTask();
            var e = Assert.Throws<InvalidOperationException>(() => _ = pair.Near.SendAsync(new byte[1]).AsTask())!;
            Assert.That(e.Message, Does.Contain("send").And.Contain("in flight"));
            Assert.Throws<InvalidOperationException>(pair.Near.ShutdownSend, "a FIN would cut it");
            var reader = Task.Run(() => ReadExactly(pair.Far, 1024 * 1024));
            await first.Soon();
            await reader.Soon();
        });
    }

    [Test]
    public async Task Shutting_down_before_the_loop_has_begun_the_send_is_refused()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        using var gate = new ManualResetEventSlim();
        Loop.Post(() => gate.Wait(Patience.Limit));
        var send = pair.Near.SendAsync(new byte[] { 1 }).AsTask();
        Assert.Throws<InvalidOperationException>(pair.Near.ShutdownSend);
        gate.Set();
        await send.Soon();
        pair.Near.ShutdownSend();
        ReadExactly(pair.Far, 1);
        Assert.That(await pair.Far.ReceiveAsync(new byte[1]).Soon(), Is.Zero);
    }

    [Test]
    public async Task After_a_shutdown_the_peer_sees_the_end_and_can_still_answer([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            await pair.Near.SendAsync(new byte[] { 1, 2 });
            pair.Near.ShutdownSend();
            pair.Near.ShutdownSend();
            await Task.Run(() => ReadExactly(pair.Far, 2));
            Assert.That(await pair.Far.ReceiveAsync(new byte[1]).Soon(), Is.Zero);
            pair.Far.Send([3]);
            Assert.That(await pair.Near.ReceiveAsync(new byte[1]).Soon(), Is.EqualTo(1));
            var e = await pair.Near.SendAsync(new byte[1]).AsTask().Fails<UringException>();
            Assert.That(e.Errno, Is.EqualTo(32), "EPIPE");
        });
    }

    [Test]
    public async Task A_send_and_a_receive_go_on_together([Values] bool onLoop)
    {
        using var pair = await UringPair.ConnectAsync(Loop, settings: SmallBuffer);
        await Run(onLoop, async () =>
        {
            var bytes = new byte[4 * 1024 * 1024];
            new Random(5).NextBytes(bytes);
            var sends = Task.WhenAll(pair.Client.SendAsync(bytes).AsTask(), pair.Server.SendAsync(bytes).AsTask());
            await Task.WhenAll(ReceiveAsync(pair.Client, bytes), ReceiveAsync(pair.Server, bytes));
            await sends;
        }).Soon();
    }

    private static async Task ReceiveAsync(UringSocket socket, byte[] expected)
    {
        var buffer = new byte[expected.Length];
        for (var total = 0; total < buffer.Length;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(total));
            Assert.That(count, Is.Positive);
            total += count;
        }

        Assert.That(buffer.AsSpan().SequenceEqual(expected));
    }

    private static async Task SendUntilItFails(UringSocket socket)
    {
        while (true)
        {
            await socket.SendAsync(new byte[1024]);
        }
    }

    private static void ReadExactly(Socket socket, int length)
    {
        var buffer = new byte[64 * 1024];
        while (length > 0)
        {
            var count = socket.Receive(buffer, 0, Math.Min(buffer.Length, length), SocketFlags.None);
            Assert.That(count, Is.Positive);
            length -= count;
        }
    }
}
