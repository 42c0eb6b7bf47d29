using NUnit.Framework;
using UringHttp.Tests.Support;
using static UringHttp.Tests.Loop.RingFailureTests;

namespace UringHttp.Tests.Loop;

/// <summary>Code that is meant for a loop and comes too late for it never runs beside the loop, nor beside other such code.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class LoopEndTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task What_comes_too_late_waits_until_the_last_turn_is_over([Values] bool whileClosing)
    {
        using var loop = NewLoop(out var ring);
        using var pair = await SocketPair.ConnectAsync(loop);
        Task[]? late = null;
        var tooEarly = new List<int>();
        var switchedOnLoop = false;
        ring.Before = closing =>
        {
            if (late is null && closing == whileClosing && IsRefused(loop))
            {
                late = RunElsewhere(() => new[] { Switch(), Post(), pair.Near.DisposeAsync().AsTask() });
                RunElsewhere(() => true); // time for what went to the thread pool before
                tooEarly.AddRange(late.Index().Where(task => task.Item.IsCompleted).Select(task => task.Index));
            }
        };
        await Task.Run(loop.Dispose).Soon();
        Assert.That(tooEarly, Is.Empty, "they ran beside the loop");
        await Task.WhenAll(late!).Soon();
        Assert.That(switchedOnLoop, "the loop's thread ran what waited for it");

        async Task Switch()
        {
            await loop.Core.SwitchTo();
            switchedOnLoop = loop.IsLoopThread;
        }

        Task Post()
        {
            var run = new TaskCompletionSource();
            loop.SynchronizationContext.Post(_ => run.SetResult(), null);
            return run.Task;
        }
    }

    [Test]
    public async Task After_the_end_it_runs_where_it_is_and_one_piece_at_a_time()
    {
        Loop.Dispose();
        using var entered = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        int firstThread = 0, secondThread = 0;
        var first = Task.Run(async () =>
        {
            await Loop.Core.SwitchTo();
            firstThread = Environment.CurrentManagedThreadId;
            entered.Set();
            Assert.That(go.Wait(Patience.Limit));
        });
        Assert.That(entered.Wait(Patience.Limit));
        var second = RunElsewhere(Second);
        Assert.That(second.IsCompleted, Is.False, "the first has not ended");
        go.Set();
        await Task.WhenAll(first, second).Soon();
        Assert.That(secondThread, Is.EqualTo(firstThread), "left to whoever was at it");

        async Task Second()
        {
            await Loop.Core.SwitchTo();
            secondThread = Environment.CurrentManagedThreadId;
        }
    }

    [Test]
    public async Task What_comes_late_may_bring_more_and_dispose_the_loop()
    {
        using var loop = NewLoop(out var ring);
        Task<int>? late = null;
        ring.Before = closing => late ??= closing ? RunElsewhere(() => Count(100)) : null;
        await Task.Run(loop.Dispose).Soon();
        Assert.That(await late!.Soon(), Is.EqualTo(100));
        Assert.That(await Task.Run(() => Count(100)).Soon(), Is.EqualTo(100));

        async Task<int> Count(int times)
        {
            var count = 0;
            while (count < times)
            {
                await loop.Core.SwitchTo();
                loop.Dispose();
                count++;
                await Task.Run(() => { }).ConfigureAwait(false);
            }

            return count;
        }
    }

    [Test]
    public async Task All_who_take_part_in_the_end_are_told_whatever_one_of_them_does()
    {
        ExpectedUnhandled = 2;
        var told = new List<int>();
        await Loop.RunAsync(() =>
        {
            Loop.Core.Stopping += () => throw new InvalidDataException("mine");
            Loop.Core.Stopping += First;
            Loop.Core.Stopping += () => throw new InvalidDataException("mine");
            Loop.Core.Stopping += () => told.Add(2);
            return Task.CompletedTask;
        }).Soon();
        await Task.Run(Loop.Dispose).Soon();
        Assert.That(told, Is.EqualTo([1, 2]));

        void First()
        {
            Loop.Core.Stopping -= First;
            told.Add(1);
        }
    }

    [Test]
    public async Task An_exception_out_of_it_is_reported()
    {
        ExpectedUnhandled = 2;
        Loop.Dispose();
        for (var i = 1; i <= 2; i++)
        {
            Loop.Core.SwitchTo().GetAwaiter().OnCompleted(() => throw new InvalidDataException("mine"));
            Assert.That(Unhandled, Has.Count.EqualTo(i).And.All.InstanceOf<InvalidDataException>());
        }

        await Task.CompletedTask;
    }

    /// <summary>The number of its descriptor may be a stranger's by then.</summary>
    [Test]
    public async Task A_socket_that_the_loop_has_closed_at_its_end_is_not_shut_down()
    {
        using var loop = NewLoop(out var ring);
        using var pair = await SocketPair.ConnectAsync(loop);
        var closed = false;
        var late = 0;
        ring.Before = _ =>
        {
            late += closed ? ring.Submitted.Count(submission => submission.Kind == OperationKind.Shutdown) : 0;
            if (!closed && ring.Submitted.Any(submission => submission.Kind == OperationKind.Close))
            {
                closed = true;
                RunElsewhere(() =>
                {
                    pair.Near.ShutdownSend();
                    return true;
                });
            }
        };
        await Task.Run(loop.Dispose).Soon();
        Assert.That((closed, late), Is.EqualTo((true, 0)));
    }

    [Test]
    public async Task It_does_not_wait_before_it_has_cancelled_what_it_would_wait_for()
    {
        using var loop = NewLoop(out var ring);
        using var pair = await SocketPair.ConnectAsync(loop);
        var receive = pair.Near.ReceiveAsync(new byte[1]).AsTask();
        await Patience.Until(() => loop.Counters.OperationsInFlight == 1);
        var timeouts = new List<long>();
        var cancelled = false;
        loop.Post(() =>
        {
            loop.Dispose();
            ring.Before = _ =>
            {
                cancelled |= ring.Submitted.Any(submission => submission.Kind == OperationKind.Cancel);
                if (!cancelled)
                {
                    timeouts.Add(ring.Timeout);
                }
            };
        });
        await receive.Fails<ObjectDisposedException>();
        Assert.That(cancelled);
        Assert.That(timeouts, Is.All.Zero);
    }

    private static bool IsRefused(UringLoop loop) =>
        loop.Core.IsStopping && RunElsewhere(() => !loop.PostCallback(_ => { }, null));

    /// <summary>On a thread that is not the loop's, while this one waits.</summary>
    private static T RunElsewhere<T>(Func<T> code) => Task.Run(() => new[] { code() }).GetAwaiter().GetResult()[0];

    private UringLoop NewLoop(out BreakableRing ring)
    {
        BreakableRing? made = null;
        var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => made = new BreakableRing(RingFactory.Open(options)));
        ring = made!;
        return loop;
    }
}
