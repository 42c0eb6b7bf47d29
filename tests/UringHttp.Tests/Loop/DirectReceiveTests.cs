using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>Receives on threads that are not the loop's, of bytes that are there.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class DirectReceiveTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task What_is_there_is_received_while_the_loop_is_busy()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send([1, 2, 3]);
        await pair.Near.WaitReadableAsync().Soon();
        using var release = new ManualResetEventSlim();
        var busy = Loop.RunAsync(() =>
        {
            release.Wait();
            return Task.CompletedTask;
        });
        var buffer = new byte[2];
        try
        {
            var receive = pair.Near.ReceiveAsync(buffer);
            Assert.That(receive.IsCompletedSuccessfully, "it does not need the loop");
            Assert.That(await receive, Is.EqualTo(2));
            Assert.That(buffer, Is.EqualTo([1, 2]));
        }
        finally
        {
            release.Set();
            await busy.Soon();
        }

        Assert.That(await pair.Near.ReceiveAsync(buffer).Soon(), Is.EqualTo(1));
    }

    /// <summary>Who has looked before the closing began, and comes after it, is seen by nobody: he has to look again.</summary>
    [Test]
    public async Task Who_comes_while_the_socket_closes_keeps_off_its_descriptor()
    {
        const int Foreign = -1;
        using var pair = await SocketPair.ConnectAsync(Loop);
        await pair.Near.DisposeAsync();
        Assert.That(new DirectReceive().Receive(pair.Near, Foreign, new byte[1]), Is.EqualTo(-Errno.EAGAIN), "not EBADF");
    }

    [Test]
    public async Task Closing_the_socket_waits_for_who_receives()
    {
        using var held = await HoldReceive();
        held.Near.Dispose();
        await held.Loop.RunAsync(() => Task.CompletedTask).Soon();
        Assert.That(held.Loop.Counters.OpenDescriptors, Is.EqualTo(1), "its number must not become a stranger's");
        held.Release.Set();
        await held.Receive.Soon();
        await held.Near.DisposeAsync().Soon();
        Assert.That(held.Loop.Counters.OpenDescriptors, Is.Zero);
    }

    [Test]
    public async Task The_loops_end_waits_for_who_receives()
    {
        using var held = await HoldReceive();
        var end = Task.Run(held.Loop.Dispose);
        await Patience.Until(() => held.Loop.Core.IsStopping);
        Assert.That(held.Loop.Counters.OpenDescriptors, Is.EqualTo(1));
        Assert.That(end.IsCompleted, Is.False);
        held.Release.Set();
        Assert.That(await held.Receive.Soon(), Is.EqualTo(1), "what was received is handed over");
        await end.Soon();
    }

    [Test]
    public async Task A_second_receive_meanwhile_is_refused_and_does_not_disturb_the_first()
    {
        using var held = await HoldReceive();
        var e = Assert.Throws<InvalidOperationException>(() => held.Near.ReceiveAsync(new byte[1]).AsTask())!;
        Assert.That(e.Message, Does.Contain("await it before starting another"));
        held.Release.Set();
        Assert.That(await held.Receive.Soon(), Is.EqualTo(1));
        held.Far.Send([8]);
        Assert.That(await held.Near.ReceiveAsync(new byte[2]).Soon(), Is.EqualTo(1), "nothing was taken by who was refused");
    }

    /// <summary>A reader that takes a number which was closed under it reads the bytes of another pair.</summary>
    [Test]
    public async Task Readers_never_see_a_strangers_bytes()
    {
        var pairs = Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            for (var round = 0; round < 150; round++)
            {
                await ReadUntilClosed((byte)(1 + number), random);
            }
        }));
        await Task.WhenAll(pairs).Soon();
    }

    [Test]
    public void Guests_are_waited_for_and_let_in_no_more()
    {
        var guests = new LoopGuests();
        Assert.That(guests.TryEnter() && guests.TryEnter());
        guests.Leave();
        var close = Task.Run(guests.Close);
        Assert.That(() => guests.TryEnter() && LeaveAgain(guests), Is.False.After(30_000, 1));
        Assert.That(close.IsCompleted, Is.False, "one is still in");
        guests.Leave();
        Assert.That(close.Wait(Patience.Limit));
        Assert.That(guests.TryEnter(), Is.False);
    }

    private static bool LeaveAgain(LoopGuests guests)
    {
        guests.Leave();
        return true;
    }

    private async Task ReadUntilClosed(byte mine, Random random)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var reader = Task.Run(async () =>
        {
            var buffer = new byte[64];
            try
            {
                for (var count = 1; count > 0;)
                {
                    count = await pair.Near.ReceiveAsync(buffer);
                    Assert.That(buffer.AsSpan(0, count).ContainsAnyExcept(mine), Is.False);
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or UringException)
            {
                // Closed: the end that is wanted.
            }
        });
        var bytes = new byte[random.Next(1, 4000)];
        bytes.AsSpan().Fill(mine);
        pair.Far.Send(bytes);
        if (random.Next(2) == 0)
        {
            await Task.Yield();
        }

        await pair.Near.DisposeAsync();
        await reader;
    }

    /// <summary>A receive of one byte that is stopped on its way, with the descriptor in its hand.</summary>
    private async Task<HeldReceive> HoldReceive()
    {
        RingFailureTests.BreakableRing? ring = null;
        var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => ring = new RingFailureTests.BreakableRing(RingFactory.Open(options)));
        var pair = await SocketPair.ConnectAsync(loop);
        pair.Far.Send([7]);
        await pair.Near.WaitReadableAsync().Soon();
        var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ring!.BeforeReceiveNow = () =>
        {
            ring.BeforeReceiveNow = null;
            entered.SetResult();
            release.Wait();
        };
        var receive = Task.Run(async () => await pair.Near.ReceiveAsync(new byte[1]));
        await entered.Task.Soon();
        return new HeldReceive(loop, pair, receive, release);
    }

    private sealed record HeldReceive(UringLoop Loop, SocketPair Pair, Task<int> Receive, ManualResetEventSlim Release) : IDisposable
    {
        public UringSocket Near => Pair.Near;

        public Socket Far => Pair.Far;

        public void Dispose()
        {
            Release.Set(); // also when the test has failed: the loop's end waits for it
            Pair.Dispose();
            Loop.Dispose();
            Release.Dispose();
        }
    }
}
