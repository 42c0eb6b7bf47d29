using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>The end of a loop: nothing hangs, nothing is left.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class UringLoopDisposeTests(UringBackend backend) : LoopFixture(backend)
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    [Test]
    public async Task It_ends_the_thread_and_a_second_time_does_nothing()
    {
        var loop = NewLoop(options => options.ThreadName = "dispose-twice");
        Assert.That(OpenFiles.CountThreads("dispose-twice"), Is.EqualTo(1));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(loop.Dispose))).Soon();
        loop.Dispose();
        await Patience.Until(() => OpenFiles.CountThreads("dispose-twice") == 0);
    }

    [Test]
    public async Task Called_on_the_loop_it_asks_and_the_code_goes_on()
    {
        var loop = NewLoop(options => options.ThreadName = "dispose-self");
        var went = await loop.RunAsync(async () =>
        {
            loop.Dispose();
            loop.Dispose();
            await Task.Yield();
            return true;
        }).Soon();
        Assert.That(went, Is.True);
        await Patience.Until(() => OpenFiles.CountThreads("dispose-self") == 0);
        Assert.Throws<ObjectDisposedException>(() => loop.Post(() => { }));
    }

    [Test]
    public async Task What_was_posted_before_it_is_run()
    {
        var run = 0;
        for (var i = 0; i < 1_000; i++)
        {
            Loop.Post(() => run++);
        }

        await Task.Run(Loop.Dispose).Soon();
        Assert.That(run, Is.EqualTo(1_000));
    }

    [Test]
    public async Task Everything_after_it_says_that_the_loop_is_disposed()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await using var listener = UringListener.Bind(Loop, AnyPort);
        Loop.Dispose();
        Assert.Multiple(() =>
        {
            Assert.Throws<ObjectDisposedException>(() => Loop.Post(() => { }));
            Assert.Throws<ObjectDisposedException>(() => _ = Loop.RunAsync(() => Task.CompletedTask));
            Assert.Throws<ObjectDisposedException>(() => Loop.SynchronizationContext.Send(_ => { }, null));
            Assert.Throws<ObjectDisposedException>(() => _ = pair.Near.LocalEndPoint, "its descriptor may be a stranger's by now");
        });
        await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<ObjectDisposedException>();
        await pair.Near.SendAsync(new byte[1]).AsTask().Fails<ObjectDisposedException>();
        await pair.Near.WaitReadableAsync().AsTask().Fails<ObjectDisposedException>();
        await listener.AcceptAsync().AsTask().Fails<ObjectDisposedException>();
        pair.Near.ShutdownSend();
        await pair.Near.DisposeAsync().Soon();
        Assert.That(Loop.IsLoopThread, Is.False);
        Assert.That(Loop.Backend, Is.EqualTo(Backend), "still printable");
    }

    [Test]
    public async Task No_socket_is_made_after_it([Values] bool listens)
    {
        Loop.Dispose();
        if (listens)
        {
            Assert.Throws<ObjectDisposedException>(() => UringListener.Bind(Loop, AnyPort));
        }
        else
        {
            using var listener = SocketPair.Listen();
            await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!).AsTask().Fails<ObjectDisposedException>();
        }
    }

    [Test]
    public async Task Operations_in_flight_end_with_ObjectDisposedException([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop, new SocketSettings { SendBufferSize = 8192 });
        using var hole = new BlackHole();
        var listener = UringListener.Bind(Loop, AnyPort);
        var tasks = new List<Task>();
        await Run(onLoop, () =>
        {
            tasks.Add(pair.Near.ReceiveAsync(new byte[1]).AsTask());
            tasks.Add(pair.Near.SendAsync(new byte[32 * 1024 * 1024]).AsTask());
            tasks.Add(pair.Near.WaitReadableAsync().AsTask());
            tasks.Add(listener.AcceptAsync().AsTask());
            tasks.Add(UringSocket.ConnectAsync(Loop, hole.EndPoint).AsTask());
            return Task.CompletedTask;
        });
        await Patience.Until(() => Loop.Counters.OperationsInFlight == 5);
        await Task.Run(Loop.Dispose).Soon();
        foreach (var task in tasks)
        {
            await task.Fails<ObjectDisposedException>($"operation {tasks.IndexOf(task)}");
        }
    }

    [Test]
    public async Task The_peer_of_an_open_socket_sees_the_end()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        Loop.Dispose();
        Assert.That(await pair.Far.ReceiveAsync(new byte[1]).Soon(), Is.Zero);
    }

    [Test]
    public async Task Code_that_was_waiting_goes_on_elsewhere()
    {
        var gate = new TaskCompletionSource();
        var run = Loop.RunAsync(async () =>
        {
            await gate.Task;
            return Loop.IsLoopThread;
        });
        await Loop.RunAsync(() => Task.CompletedTask).Soon();
        Loop.Dispose();
        gate.SetResult();
        Assert.That(await run.Soon(), Is.False);
    }

    [Test]
    public async Task Code_on_the_loop_may_await_it()
    {
        var where = await Loop.RunAsync(async () =>
        {
            await Task.Run(Loop.Dispose);
            return Loop.IsLoopThread;
        }).Soon();
        Assert.That(where, Is.False, "the loop has ended, and the code goes on elsewhere");
    }

    [Test]
    public async Task Code_that_never_stops_yielding_does_not_hold_it_up()
    {
        var disposed = false;
        var run = Loop.RunAsync(async () =>
        {
            while (!Volatile.Read(ref disposed))
            {
                await Task.Yield();
            }
        });
        await Task.Run(Loop.Dispose).Soon("Dispose");
        Volatile.Write(ref disposed, true);
        await run.Soon();
    }

    [Test]
    public async Task A_listener_that_comes_while_the_loop_ends_does_not_wait_for_ever()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var late = Loop.RunAsync(async () =>
        {
            try
            {
                await pair.Near.ReceiveAsync(new byte[1]);
            }
            catch (ObjectDisposedException)
            {
                // The loop ends, and this is still on it.
            }

            await UringListener.Bind(Loop, AnyPort).AcceptAsync();
        });
        await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
        await Task.Run(Loop.Dispose).Soon();
        await late.Fails<ObjectDisposedException>();
    }

    [Test]
    public async Task A_connect_that_comes_while_the_loop_ends_fails()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        using var peer = SocketPair.Listen();
        var late = Loop.RunAsync(async () =>
        {
            try
            {
                await pair.Near.ReceiveAsync(new byte[1]);
            }
            catch (ObjectDisposedException)
            {
                // The loop ends, and this is still on it.
            }

            await UringSocket.ConnectAsync(Loop, peer.LocalEndPoint!);
        });
        await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
        await Task.Run(Loop.Dispose).Soon();
        await late.Fails<ObjectDisposedException>();
    }

    [Test]
    public async Task Work_that_races_it_either_runs_or_is_refused()
    {
        for (var i = 0; i < 1_000; i++)
        {
            using var loop = new UringLoop(new UringLoopOptions { Backend = Backend });
            var ran = 0;
            var accepted = 0;
            using var start = new Barrier(3);
            var producers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                var runs = new List<Task>();
                start.SignalAndWait();
                try
                {
                    for (var posts = 0; posts < 100; posts++)
                    {
                        runs.Add(loop.RunAsync(() => Task.FromResult(ran++)));
                        Interlocked.Increment(ref accepted);
                        loop.Post(() => ran++);
                        Interlocked.Increment(ref accepted);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // Refused, and every one after it.
                }

                await Task.WhenAll(runs).Soon();
            })).ToArray();
            start.SignalAndWait();
            loop.Dispose();
            await Task.WhenAll(producers).Soon($"iteration {i}");
            Assert.That(ran, Is.EqualTo(accepted), $"iteration {i}");
        }
    }

    [Test]
    public async Task Sockets_that_race_it_end_and_leave_no_descriptor()
    {
        using var peer = SocketPair.Listen(512);
        for (var i = 0; i < 200; i++)
        {
            using var loop = new UringLoop(new UringLoopOptions { Backend = Backend });
            using var start = new Barrier(3);
            var makers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                start.SignalAndWait();
                try
                {
                    while (true)
                    {
                        await using var listener = UringListener.Bind(loop, AnyPort);
                        using var socket = await UringSocket.ConnectAsync(loop, listener.LocalEndPoint);
                        using var accepted = await listener.AcceptAsync();
                    }
                }
                catch (ObjectDisposedException)
                {
                    // As promised.
                }
            })).ToArray();
            start.SignalAndWait();
            loop.Dispose();
            await Task.WhenAll(makers).Soon($"iteration {i}");
            Assert.That((loop.Counters.OperationsInFlight, loop.Counters.OpenDescriptors), Is.EqualTo((0L, 0L)), $"iteration {i}");
        }
    }

    [Test]
    public async Task Many_loops_leave_no_thread_and_no_descriptor()
    {
        for (var i = 0; i < 200; i++)
        {
            using var loop = new UringLoop(new UringLoopOptions { Backend = Backend, ThreadName = "many-loops" });
            if (i % 10 == 0)
            {
                await loop.RunAsync(() => Task.CompletedTask).Soon();
            }
        }

        await Patience.Until(() => OpenFiles.CountThreads("many-loops") == 0);
    }
}
