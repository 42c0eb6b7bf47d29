using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>A token that is cancelled before, during and after an operation; and the memory afterwards.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketCancelTests(UringBackend backend) : LoopFixture(backend)
{
    public enum What
    {
        Receive,
        ReceiveNothing,
        Wait,
        Send,
        Accept,
    }

    [Test]
    public async Task Before_it_begins_it_does_not_begin([Values] What what, [Values] bool onLoop)
    {
        await using var target = await Target.MakeAsync(Loop);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Run(onLoop, async () =>
        {
            var e = await target.Start(what, cancel.Token).Fails<OperationCanceledException>();
            Assert.That(e.CancellationToken, Is.EqualTo(cancel.Token));
        });
        await target.CheckUsable(what);
    }

    [Test]
    public async Task While_it_waits_it_ends([Values] What what, [Values] bool onLoop, [Values] bool cancelOnLoop)
    {
        await using var target = await Target.MakeAsync(Loop);
        using var cancel = new CancellationTokenSource();
        await Run(onLoop, async () =>
        {
            var task = target.Start(what, cancel.Token);
            await Patience.Until(() => Loop.Counters.OperationsInFlight == (what == What.Accept ? 1 : 2));
            Assert.That(task.IsCompleted, Is.False);
            await Run(cancelOnLoop, () =>
            {
                cancel.Cancel();
                return Task.CompletedTask;
            });
            Assert.That((await task.Fails<OperationCanceledException>()).CancellationToken, Is.EqualTo(cancel.Token));
        });
        await target.CheckUsable(what);
    }

    [Test]
    public async Task After_it_has_ended_the_next_one_is_not_harmed([Values(What.Receive, What.Wait)] What what)
    {
        await using var target = await Target.MakeAsync(Loop);
        for (var i = 0; i < 200; i++)
        {
            using var cancel = new CancellationTokenSource();
            var task = target.Start(what, cancel.Token);
            target.Pair.Far.Send([1]);
            await task.Soon();
            var next = target.Pair.Near.ReceiveAsync(new byte[10]).AsTask();
            await cancel.CancelAsync();
            target.Pair.Far.Send([2]);
            await next.Soon();
            await target.Drain();
        }
    }

    /// <summary>Whoever wins: all bytes arrive once, in order, and a task either has them or was cancelled.</summary>
    [Test]
    public async Task A_cancel_that_races_the_bytes_loses_none([Values] bool onLoop)
    {
        const int Bytes = 2_000;
        using var pair = await SocketPair.ConnectAsync(Loop);
        var random = new Random(11);
        var sender = Task.Run(() =>
        {
            for (var i = 0; i < Bytes; i++)
            {
                pair.Far.Send([(byte)i]);
            }
        });
        var canceled = 0;
        await Run(onLoop, async () =>
        {
            var buffer = new byte[3];
            for (var next = 0; next < Bytes;)
            {
                using var cancel = new CancellationTokenSource();
                var task = pair.Near.ReceiveAsync(buffer, cancel.Token).AsTask();
                if (random.Next(2) == 0)
                {
                    cancel.Cancel();
                }
                else
                {
                    _ = Task.Run(cancel.Cancel);
                }

                try
                {
                    var count = await task.Soon();
                    Assert.That(count, Is.Positive);
                    for (var i = 0; i < count; i++)
                    {
                        Assert.That(buffer[i], Is.EqualTo((byte)next++));
                    }
                }
                catch (OperationCanceledException)
                {
                    canceled++;
                }
            }
        }).Soon();
        await sender.Soon();
        TestContext.Out.WriteLine($"{canceled} were cancelled");
    }

    [Test]
    public async Task After_a_cancelled_receive_nothing_is_written_into_its_memory([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var buffer = GC.AllocateArray<byte>(4096, pinned: true);
        await Run(onLoop, async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                using var cancel = new CancellationTokenSource();
                var receive = pair.Near.ReceiveAsync(buffer, cancel.Token).AsTask();
                if (i % 2 == 0)
                {
                    await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
                }

                cancel.Cancel();
                await receive.Fails<OperationCanceledException>();
                buffer.AsSpan().Fill(0xAA);
                pair.Far.Send([1, 2, 3]);
                var other = new byte[16];
                var count = await pair.Near.ReceiveAsync(other).Soon();
                Assert.That(count, Is.EqualTo(3));
                Assert.That(buffer.AsSpan().ContainsAnyExcept((byte)0xAA), Is.False, $"round {i}");
            }
        }).Soon();
    }

    [Test]
    public async Task A_token_cancelled_by_a_continuation_of_the_loop_ends_its_neighbour()
    {
        using var first = await SocketPair.ConnectAsync(Loop);
        using var second = await SocketPair.ConnectAsync(Loop);
        using var cancel = new CancellationTokenSource();
        await Loop.RunAsync(async () =>
        {
            var neighbour = second.Near.ReceiveAsync(new byte[1], cancel.Token).AsTask();
            _ = Task.Run(() => first.Far.Send([1]));
            await first.Near.ReceiveAsync(new byte[1]);
            cancel.Cancel();
            await neighbour.Fails<OperationCanceledException>();
        }).Soon();
    }

    /// <summary>A connection with nothing to receive and no room to send, and a listener that nobody comes to.</summary>
    private sealed class Target(SocketPair pair, UringListener listener) : IAsyncDisposable
    {
        public SocketPair Pair => pair;

        public static async Task<Target> MakeAsync(UringLoop loop)
        {
            var pair = await SocketPair.ConnectAsync(loop, new SocketSettings { SendBufferSize = 8192 });
            var target = new Target(pair, UringListener.Bind(loop, new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)));
            await Patience.Until(() => loop.Counters.OperationsInFlight == 1, "the accept of the listener");
            return target;
        }

        public Task Start(What what, CancellationToken token) => what switch
        {
            What.Receive => pair.Near.ReceiveAsync(new byte[1], token).AsTask(),
            What.ReceiveNothing => pair.Near.ReceiveAsync(Memory<byte>.Empty, token).AsTask(),
            What.Wait => pair.Near.WaitReadableAsync(token).AsTask(),
            What.Send => pair.Near.SendAsync(new byte[32 * 1024 * 1024], token).AsTask(),
            _ => listener.AcceptAsync(token).AsTask(),
        };

        /// <summary>Cancelling ends the operation, not the socket.</summary>
        public async Task CheckUsable(What what)
        {
            if (what == What.Accept)
            {
                using var client = await UringSocket.ConnectAsync(pair.Near.Loop, listener.LocalEndPoint).Soon();
                using var server = await listener.AcceptAsync().Soon();
            }
            else if (what != What.Send)
            {
                pair.Far.Send([1]);
                await pair.Near.WaitReadableAsync().Soon();
                Assert.That(await pair.Near.ReceiveAsync(new byte[1]).Soon(), Is.EqualTo(1));
            }
        }

        public async Task Drain()
        {
            pair.Near.ReceiveTimeout = TimeSpan.FromMilliseconds(1);
            try
            {
                while (true)
                {
                    await pair.Near.ReceiveAsync(new byte[10]);
                }
            }
            catch (TimeoutException)
            {
                pair.Near.ReceiveTimeout = Timeout.InfiniteTimeSpan;
            }
        }

        public async ValueTask DisposeAsync()
        {
            pair.Dispose();
            await listener.DisposeAsync().Soon();
        }
    }
}
