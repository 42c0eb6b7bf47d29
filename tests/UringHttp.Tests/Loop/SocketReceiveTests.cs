using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketReceiveTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task It_gives_what_is_there_and_keeps_the_rest([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send([1, 2, 3, 4, 5]);
        await Patience.Until(() => pair.Far.Poll(0, SelectMode.SelectWrite));
        await Run(onLoop, async () =>
        {
            var buffer = new byte[3];
            Assert.That(await pair.Near.ReceiveAsync(buffer), Is.EqualTo(3));
            Assert.That(buffer, Is.EqualTo([1, 2, 3]));
            Assert.That(await pair.Near.ReceiveAsync(buffer), Is.EqualTo(2));
            Assert.That(buffer, Is.EqualTo([4, 5, 3]));
        });
    }

    [Test]
    public async Task An_end_of_stream_gives_0_again_and_again([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send([1]);
        pair.Far.Shutdown(SocketShutdown.Send);
        await Run(onLoop, async () =>
        {
            Assert.That(await pair.Near.ReceiveAsync(new byte[10]), Is.EqualTo(1));
            Assert.That(await pair.Near.ReceiveAsync(new byte[10]), Is.Zero);
            Assert.That(await pair.Near.ReceiveAsync(new byte[10]), Is.Zero);
            await pair.Near.WaitReadableAsync();
            await pair.Near.SendAsync(new byte[] { 9 });
        });
        Assert.That(await pair.Far.ReceiveAsync(new byte[1]).Soon(), Is.EqualTo(1), "the other direction goes on");
    }

    [Test]
    public async Task A_reset_is_an_error_and_never_an_end_of_stream([Values] bool onLoop, [Values] bool waiting)
    {
        for (var i = 0; i < 50; i++)
        {
            using var pair = await SocketPair.ConnectAsync(Loop);
            await Run(onLoop, async () =>
            {
                var receive = waiting ? pair.Near.ReceiveAsync(new byte[10]).AsTask() : null;
                if (waiting)
                {
                    await Patience.Until(() => Loop.Counters.OperationsInFlight >= 1);
                }

                pair.ResetFar();
                var e = await (receive ?? pair.Near.ReceiveAsync(new byte[10]).AsTask()).Fails<UringException>();
                Assert.That((e.Errno, e.Operation), Is.EqualTo((104, "receive")), "ECONNRESET");
                Assert.That(e.Message, Does.Contain("ECONNRESET").And.Contain(pair.Near.RemoteEndPoint.ToString()));
            });
        }
    }

    [Test]
    public async Task A_reset_after_bytes_that_were_not_read_is_still_an_error()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send([1, 2, 3]);
        await pair.Near.WaitReadableAsync().Soon();
        pair.ResetFar();
        var total = 0;
        try
        {
            while (true)
            {
                var count = await pair.Near.ReceiveAsync(new byte[1]).Soon();
                Assert.That(count, Is.Positive, "0 would say that the stream has ended well");
                Assert.That(++total, Is.LessThanOrEqualTo(3));
            }
        }
        catch (UringException e)
        {
            Assert.That(e.Errno, Is.EqualTo(104));
        }
    }

    [Test]
    public async Task An_empty_buffer_waits_for_something_to_receive([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var wait = pair.Near.ReceiveAsync(Memory<byte>.Empty).AsTask();
            await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
            Assert.That(wait.IsCompleted, Is.False);
            pair.Far.Send([5]);
            Assert.That(await wait.Soon(), Is.Zero);
            var buffer = new byte[1];
            Assert.That(await pair.Near.ReceiveAsync(buffer), Is.EqualTo(1));
            Assert.That(buffer, Is.EqualTo([5]), "nothing was taken");
        });
    }

    [Test]
    public async Task Waiting_sees_bytes_the_end_and_a_reset([Values("bytes", "end", "reset")] string what, [Values] bool before)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var wait = before ? Task.CompletedTask : pair.Near.WaitReadableAsync().AsTask();
        if (!before)
        {
            await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
        }

        switch (what)
        {
            case "bytes":
                pair.Far.Send([1]);
                break;
            case "end":
                pair.Far.Shutdown(SocketShutdown.Send);
                break;
            default:
                pair.ResetFar();
                break;
        }

        await (before ? pair.Near.WaitReadableAsync().AsTask() : wait).Soon();
        var receive = pair.Near.ReceiveAsync(new byte[1]).AsTask();
        if (what == "reset")
        {
            Assert.That((await receive.Fails<UringException>()).Errno, Is.EqualTo(104));
        }
        else
        {
            Assert.That(await receive.Soon(), Is.EqualTo(what == "bytes" ? 1 : 0));
        }
    }

    [Test]
    public async Task A_receive_that_takes_too_long_times_out_and_the_next_one_works([Values] bool onLoop, [Values] bool empty)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Near.ReceiveTimeout = TimeSpan.FromMilliseconds(30);
        await Run(onLoop, async () =>
        {
            var e = await pair.Near.ReceiveAsync(new byte[empty ? 0 : 1]).AsTask().Fails<TimeoutException>();
            Assert.That(e.Message, Does.Contain(pair.Near.RemoteEndPoint.ToString()));
            pair.Near.ReceiveTimeout = Patience.Limit;
            pair.Far.Send([1]);
            Assert.That(await pair.Near.ReceiveAsync(new byte[1]), Is.EqualTo(1));
            Assert.That(pair.Near.ReceiveTimeout, Is.EqualTo(Patience.Limit));
        });
    }

    [Test]
    public async Task Waiting_has_no_timeout_of_its_own()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Near.ReceiveTimeout = TimeSpan.FromMilliseconds(1);
        var wait = pair.Near.WaitReadableAsync().AsTask();
        await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<TimeoutException>();
        Assert.That(wait.IsCompleted, Is.False);
        pair.Far.Send([1]);
        await wait.Soon();
    }

    [Test]
    public async Task A_timeout_counts_from_the_call_however_long_the_turn_has_lasted()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Near.ReceiveTimeout = TimeSpan.FromSeconds(1);
        var (elapsed, error) = await Loop.RunAsync(async () =>
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            SpinWait.SpinUntil(() => clock.Elapsed > TimeSpan.FromSeconds(0.5));
            clock.Restart();
            var e = await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<TimeoutException>();
            return (clock.Elapsed, e);
        }).Soon();
        Assert.That(elapsed, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(0.9)), error.Message);
    }

    [TestCase(0)]
    [TestCase(-2)]
    public async Task A_timeout_that_is_none_is_refused(int milliseconds)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Near.ReceiveTimeout = TimeSpan.FromMilliseconds(milliseconds));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Near.SendTimeout = TimeSpan.FromMilliseconds(milliseconds));
        Assert.That(pair.Near.ReceiveTimeout, Is.EqualTo(Timeout.InfiniteTimeSpan));
    }

    [Test]
    public async Task A_second_receive_at_the_same_time_is_refused_and_the_first_goes_on([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var buffer = new byte[1];
            var first = pair.Near.ReceiveAsync(buffer).AsTask();
            var e = Assert.Throws<InvalidOperationException>(() => _ = pair.Near.ReceiveAsync(new byte[1]).AsTask())!;
            Assert.That(e.Message, Does.Contain("receive").And.Contain("in flight"));
            pair.Far.Send([8]);
            Assert.That(await first.Soon(), Is.EqualTo(1));
            Assert.That(buffer, Is.EqualTo([8]));
        });
    }

    /// <summary>The mistake of blocking on a ValueTask must not free its operation for another one while the kernel has it.</summary>
    [Test]
    public async Task Asking_too_early_for_the_result_does_not_let_a_second_receive_in([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var buffer = new byte[1];
#pragma warning disable CA2012 // the mistake
            var first = pair.Near.ReceiveAsync(buffer);
            Assert.Throws<InvalidOperationException>(() => first.GetAwaiter().GetResult());
#pragma warning restore CA2012
            Assert.Throws<InvalidOperationException>(() => _ = pair.Near.ReceiveAsync(new byte[1]).AsTask());
            pair.Far.Send([8]);
            Assert.That((await first.AsTask().Soon(), buffer[0]), Is.EqualTo((1, 8)));
        });
    }

    [Test]
    public async Task Asking_twice_for_the_result_does_not_let_a_second_receive_in()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
#pragma warning disable CA2012 // the mistake
        var first = pair.Near.ReceiveAsync(new byte[1]); // nothing is there yet: an operation
        pair.Far.Send([8]);
        await first.AsTask().Soon();
        var second = pair.Near.ReceiveAsync(new byte[1]).AsTask();
        Assert.Throws<InvalidOperationException>(() => first.GetAwaiter().GetResult());
#pragma warning restore CA2012
        Assert.Throws<InvalidOperationException>(() => _ = pair.Near.ReceiveAsync(new byte[1]).AsTask());
        pair.Far.Send([9]);
        Assert.That(await second.Soon(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_a_receive_leaves_behind_is_received_without_another_turn()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        byte[] sent = [.. Enumerable.Range(0, 10_000).Select(i => (byte)(i * 7))];
        pair.Far.Send(sent);
        pair.Far.Shutdown(SocketShutdown.Send);
        await Run(onLoop: true, async () =>
        {
            var buffer = new byte[1000];
            await pair.Near.WaitReadableAsync();
            await pair.Near.ReceiveAsync(buffer.AsMemory(0, 1));
            var turns = Loop.Counters.Turns;
            var total = 1;
            for (var i = 0; i < 9; i++)
            {
                var receive = pair.Near.ReceiveAsync(buffer);
                Assert.That(receive.IsCompleted);
                var count = await receive;
                Assert.That(buffer.AsSpan(0, count).SequenceEqual(sent.AsSpan(total, count)));
                total += count;
            }

            Assert.That(Loop.Counters.Turns, Is.EqualTo(turns));
            Assert.That(await pair.Near.ReceiveAsync(buffer), Is.EqualTo(sent.Length - total));
            Assert.That(await pair.Near.ReceiveAsync(buffer), Is.Zero);
        });
    }

    [Test]
    public async Task A_connection_that_always_has_more_does_not_keep_the_loop()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send(new byte[10_000]);
        await Run(onLoop: true, async () =>
        {
            var others = false;
            await pair.Near.WaitReadableAsync();
            await pair.Near.ReceiveAsync(new byte[1]);
            Loop.Post(() => others = true);
            var received = 1;
            while (!others)
            {
                received += await pair.Near.ReceiveAsync(new byte[1]);
                Assert.That(received, Is.LessThan(100));
            }
        });
    }

    [Test]
    public async Task A_receive_that_could_be_had_at_once_is_refused_all_the_same()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send(new byte[10_000]);
        await Run(onLoop: true, async () =>
        {
            await pair.Near.WaitReadableAsync();
            await pair.Near.ReceiveAsync(new byte[1]);
            await pair.Near.ReceiveAsync(new byte[1], new CancellationToken(canceled: true)).AsTask().Fails<OperationCanceledException>();
            pair.Near.Dispose();
            await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<ObjectDisposedException>();
        });
    }

    [Test]
    public async Task A_reset_behind_bytes_that_are_read_at_once_is_an_error()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        pair.Far.Send(new byte[100]);
        await Run(onLoop: true, async () =>
        {
            await pair.Near.WaitReadableAsync();
            await pair.Near.ReceiveAsync(new byte[1]);
            pair.ResetFar();

            // What had arrived is given first; a receive that exactly fills its buffer is followed by one at once.
            Assert.That(await pair.Near.ReceiveAsync(new byte[99]), Is.EqualTo(99));
            var e = await pair.Near.ReceiveAsync(new byte[99]).AsTask().Fails<UringException>();
            Assert.That((e.Errno, e.Operation), Is.EqualTo((104, "receive")));
        });
    }
}
