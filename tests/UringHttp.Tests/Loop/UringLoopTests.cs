using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>Work that other threads leave for a loop, and where it goes on after an await.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class UringLoopTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public void It_stands_on_the_backend_that_was_asked_for()
    {
        Assert.That(Loop.Backend, Is.EqualTo(Backend));
        Assert.That(Loop.Capabilities.Backend, Is.EqualTo(Backend));
        Assert.That(Loop.IsLoopThread, Is.False);
    }

    [Test]
    public void It_refuses_no_code_at_all()
    {
        Assert.Throws<ArgumentNullException>(() => Loop.Post(null!));
        Assert.Throws<ArgumentNullException>(() => _ = Loop.RunAsync(null!));
        Assert.Throws<ArgumentNullException>(() => _ = Loop.RunAsync<int>(null!));
    }

    [Test]
    public async Task Posts_run_on_the_loop_in_the_order_of_each_thread()
    {
        const int Threads = 4;
        const int Each = 25_000;
        var last = Enumerable.Repeat(-1, Threads).ToArray();
        var wrong = 0;
        var run = 0;
        var all = new TaskCompletionSource();
        var producers = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var number = i;
                Loop.Post(() =>
                {
                    wrong += Loop.IsLoopThread && last[thread] == number - 1 ? 0 : 1;
                    last[thread] = number;
                    if (++run == Threads * Each)
                    {
                        all.SetResult();
                    }
                });
            }
        }));
        await Task.WhenAll(producers).Soon();
        await all.Task.Soon("all posts run");
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public async Task What_is_posted_on_the_loop_runs_later_and_in_order()
    {
        var log = new List<string>();
        await Loop.RunAsync(async () =>
        {
            Loop.Post(() => log.Add("first"));
            Loop.Post(() => log.Add("second"));
            log.Add("now");
            await Task.Yield();
        }).Soon();
        Assert.That(log, Is.EqualTo(["now", "first", "second"]));
    }

    [Test]
    public async Task Code_that_is_run_comes_after_what_was_posted_before()
    {
        for (var i = 0; i < 200; i++)
        {
            var posted = false;
            Loop.Post(() => posted = true);
            Assert.That(await Loop.RunAsync(() => Task.FromResult(posted)).Soon(), Is.True);
        }
    }

    [Test]
    public async Task Run_gives_the_result_the_exception_and_the_cancellation_of_the_code()
    {
        using var canceled = new CancellationTokenSource();
        await canceled.CancelAsync();
        var failure = new InvalidDataException("mine");
        foreach (var onLoop in new[] { false, true })
        {
            await Run(onLoop, async () =>
            {
                Assert.That(await Loop.RunAsync(() => Task.FromResult(42)), Is.EqualTo(42));
                Assert.That(await Loop.RunAsync(() => Task.FromException(failure)).Fails<InvalidDataException>(), Is.SameAs(failure));
                Assert.That(await Loop.RunAsync(Throw).Fails<InvalidDataException>(), Is.SameAs(failure));
                var run = Loop.RunAsync(() => Task.FromCanceled<int>(canceled.Token));
                var e = await run.Fails<OperationCanceledException>();
                Assert.That((run.IsCanceled, e.CancellationToken), Is.EqualTo((true, canceled.Token)));
            });
        }

        Task Throw() => throw failure;
    }

    [Test]
    public async Task Code_that_throws_before_its_first_await_fails_its_task_wherever_it_was_called([Values] bool onLoop)
    {
        await Run(onLoop, async () =>
        {
            var run = Loop.RunAsync<int>(() => throw new InvalidDataException("mine"));
            await run.Fails<InvalidDataException>();
        });
    }

    [Test]
    public async Task Called_on_the_loop_run_starts_at_once()
    {
        await Loop.RunAsync(() =>
        {
            var started = false;
            var run = Loop.RunAsync(() =>
            {
                started = true;
                return Task.CompletedTask;
            });
            Assert.That((started, run.IsCompletedSuccessfully), Is.EqualTo((true, true)));
            return Task.CompletedTask;
        }).Soon();
    }

    [Test]
    public async Task The_caller_of_run_goes_on_outside_the_loop()
    {
        await Loop.RunAsync(async () => await Task.Yield()).ConfigureAwait(false);
        Assert.That(Loop.IsLoopThread, Is.False);
    }

    [Test]
    public async Task Awaits_stay_on_the_loop()
    {
        var elsewhere = new TaskCompletionSource<int>();
        var where = await Loop.RunAsync(async () =>
        {
            var log = new List<bool> { Loop.IsLoopThread };
            await Task.Yield();
            log.Add(Loop.IsLoopThread);
            await Task.Delay(1);
            log.Add(Loop.IsLoopThread);
            await Task.Run(() => { });
            log.Add(Loop.IsLoopThread);
            _ = Task.Run(() => elsewhere.SetResult(1));
            await elsewhere.Task;
            log.Add(Loop.IsLoopThread);
            await new ValueTask<int>(Task.Run(() => 1));
            log.Add(Loop.IsLoopThread);
            await Task.Run(() => { }).ConfigureAwait(false);
            log.Add(!Loop.IsLoopThread);
            return log;
        }).Soon();
        Assert.That(where, Has.Count.EqualTo(7).And.All.True);
    }

    [Test]
    public async Task Many_coroutines_take_turns()
    {
        var sum = 0;
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => Loop.RunAsync(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                sum++; // no lock: one thread
                await Task.Yield();
            }
        }))).Soon();
        Assert.That(sum, Is.EqualTo(10_000));
    }

    [Test]
    public async Task The_synchronization_context_brings_code_to_the_loop()
    {
        var context = Loop.SynchronizationContext;
        var posted = new TaskCompletionSource<(bool, object?)>();
        context.Post(state => posted.SetResult((Loop.IsLoopThread, state)), "state");
        Assert.That(await posted.Task.Soon(), Is.EqualTo((true, (object)"state")));

        var sent = false;
        await Task.Run(() => context.Send(_ => sent = Loop.IsLoopThread, null)).Soon("Send");
        Assert.That(sent, Is.True, "Send returns when it has run");
        await Task.Run(() => context.Send(_ => throw new InvalidDataException(), null)).Fails<InvalidDataException>();
        await Loop.RunAsync(() =>
        {
            var inner = false;
            context.Send(_ => inner = true, null);
            Assert.That((inner, SynchronizationContext.Current), Is.EqualTo((true, context)));
            return Task.CompletedTask;
        }).Soon();
    }

    [Test]
    public async Task Tasks_of_its_scheduler_run_and_stay_on_the_loop()
    {
        var run = Task.Factory.StartNew(
            async () =>
            {
                var before = Loop.IsLoopThread;
                await Task.Yield();
                return before && Loop.IsLoopThread;
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            Loop.TaskScheduler);
        Assert.That(await run.Unwrap().Soon(), Is.True);
    }

    [Test]
    public async Task An_exception_out_of_a_post_is_reported_and_the_loop_goes_on()
    {
        ExpectedUnhandled = 3;
        var raisedOnLoop = false;
        Loop.UnhandledException += (_, _) => throw new InvalidOperationException("A handler that throws.");
        Loop.UnhandledException += (_, _) => raisedOnLoop = Loop.IsLoopThread;
        var failure = new InvalidDataException("mine");
        Loop.Post(() => throw failure);
        Loop.SynchronizationContext.Post(_ => throw failure, null);
        Loop.Post(() => throw failure);
        Assert.That(await Loop.RunAsync(() => Task.FromResult(1)).Soon(), Is.EqualTo(1));
        Assert.That((Unhandled.Count, raisedOnLoop), Is.EqualTo((3, true)));
        Assert.That(Unhandled, Is.All.SameAs(failure));
    }

    [Test]
    public async Task An_exception_out_of_an_async_void_is_reported_and_the_loop_goes_on()
    {
        ExpectedUnhandled = 1;
        await Loop.RunAsync(() =>
        {
            FireAndForget();
            return Task.CompletedTask;
        }).Soon();
        await Patience.Until(() => Unhandled.Count == 1);
        await Loop.RunAsync(() => Task.CompletedTask).Soon();

        static async void FireAndForget()
        {
            await Task.Yield();
            throw new InvalidDataException("nobody awaits it");
        }
    }

    [Test]
    public async Task An_exception_out_of_a_continuation_of_a_socket_is_reported_and_the_loop_goes_on()
    {
        ExpectedUnhandled = 1;
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Loop.RunAsync(() =>
        {
            var receive = pair.Near.ReceiveAsync(new byte[1]).AsTask();
            receive.GetAwaiter().UnsafeOnCompleted(() => throw new InvalidDataException("mine"));
            return Task.CompletedTask;
        }).Soon();
        pair.Far.Send([1]);
        await Patience.Until(() => Unhandled.Count == 1);
        pair.Far.Send([2]);
        Assert.That(await pair.Near.ReceiveAsync(new byte[1]).Soon(), Is.EqualTo(1));
    }

    [Test]
    public async Task Without_a_handler_an_exception_goes_to_the_trace()
    {
        var trace = new StringWriter();
        using var listener = new TextWriterTraceListener(trace);
        Trace.Listeners.Add(listener);
        try
        {
            using var loop = new UringLoop(new UringLoopOptions { Backend = Backend, ThreadName = "nameless" });
            loop.Post(() => throw new InvalidDataException("mine"));
            await loop.RunAsync(() => Task.CompletedTask).Soon();
            listener.Flush();
            Assert.That(trace.ToString(), Does.Contain("mine").And.Contain("nameless"));
            Assert.That(loop.Counters.UnhandledExceptions, Is.EqualTo(1));
        }
        finally
        {
            Trace.Listeners.Remove(listener);
        }
    }

    [Test]
    public async Task A_turn_that_takes_long_is_counted()
    {
        var loop = NewLoop(options => options.SlowTurnLimit = TimeSpan.FromMilliseconds(10));
        var patient = NewLoop(options => options.SlowTurnLimit = TimeSpan.MaxValue);
        foreach (var each in new[] { loop, patient })
        {
            each.Post(() =>
            {
                var begin = Stopwatch.GetTimestamp();
                SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(begin) > TimeSpan.FromMilliseconds(20));
            });
            await each.RunAsync(() => Task.CompletedTask).Soon();
        }

        await Patience.Until(() => loop.Counters.SlowTurns >= 1);
        Assert.That(patient.Counters.SlowTurns, Is.Zero);
    }

    [Test]
    public async Task Who_blocks_after_an_await_outside_the_loop_does_not_hold_it_up()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        using var gate = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        var blocker = Task.Run(async () =>
        {
            await pair.Near.ReceiveAsync(new byte[1]).ConfigureAwait(false);
            blocked.Set();
            Assert.That(gate.Wait(Patience.Limit));
        });
        pair.Far.Send([1]);
        await Task.Run(() => Assert.That(blocked.Wait(Patience.Limit)));
        Assert.That(await Loop.RunAsync(() => Task.FromResult(1)).Soon(), Is.EqualTo(1));
        gate.Set();
        await blocker.Soon();
    }

    [Test]
    public async Task An_idle_loop_sleeps_and_is_woken_once_for_many_posts()
    {
        await Loop.RunAsync(() => Task.CompletedTask).Soon();
        await SettledTurns();
        var before = Loop.Counters;
        using var gate = new ManualResetEventSlim();
        Loop.Post(gate.Wait);
        for (var i = 0; i < 100; i++)
        {
            Loop.Post(() => { });
        }

        gate.Set();
        await Loop.RunAsync(() => Task.CompletedTask).Soon();
        Assert.That(Loop.Counters.Wakes - before.Wakes, Is.LessThan(10));
    }

    [Test]
    public async Task Two_loops_work_with_each_others_sockets()
    {
        var other = NewLoop();
        await using var listener = UringListener.Bind(other, new IPEndPoint(IPAddress.Loopback, 0));
        await Loop.RunAsync(async () =>
        {
            using var client = await UringSocket.ConnectAsync(other, listener.LocalEndPoint);
            Assert.That(Loop.IsLoopThread, "connected by the other loop");
            using var server = await listener.AcceptAsync();
            Assert.That(Loop.IsLoopThread, "accepted by the other loop");
            await client.SendAsync(new byte[] { 1 });
            Assert.That(Loop.IsLoopThread, "sent by the other loop");
            await server.ReceiveAsync(new byte[1]);
            Assert.That(Loop.IsLoopThread, "received by the other loop");
        }).Soon();
    }

    /// <summary>Waits until the loop has stopped turning.</summary>
    private async Task SettledTurns()
    {
        var turns = -1L;
        await Patience.Until(() => Interlocked.Exchange(ref turns, Loop.Counters.Turns) == Loop.Counters.Turns);
    }
}
