using System.Diagnostics;
using NUnit.Framework;
using UringHttp.Tests.Support;
using static UringHttp.Tests.Loop.RingFailureTests;

namespace UringHttp.Tests.Loop;

/// <summary>AsyncLocal values, and with them Activity.Current, go with a user's code onto the loop, and nowhere else.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class ExecutionContextTests(UringBackend backend) : LoopFixture(backend)
{
    private static readonly AsyncLocal<string?> Local = new();

    /// <summary>The ways by which a user's code gets onto the loop; each completes with what the code saw there.</summary>
    private static readonly Dictionary<string, Func<UringLoop, Func<string?>, Task<string?>>> Ways = new()
    {
        ["Post"] = (loop, code) => Complete(done => loop.Post(() => done(code()))),
        ["RunAsync"] = (loop, code) => Complete(done => loop.RunAsync(() =>
        {
            done(code());
            return Task.CompletedTask;
        })),
        ["RunAsync with a result"] = (loop, code) => loop.RunAsync(() => Task.FromResult(code())),
        ["the context's Post"] = (loop, code) => Complete(done => loop.SynchronizationContext.Post(_ => done(code()), null)),
        ["the context's Send"] = (loop, code) =>
            Complete(done => Task.Run(() => loop.SynchronizationContext.Send(_ => done(code()), null))),
        ["the scheduler"] = (loop, code) =>
            Task.Factory.StartNew(code, CancellationToken.None, TaskCreationOptions.None, loop.TaskScheduler),
    };

    private static IEnumerable<string> NamesOfWays => Ways.Keys;

    [TestCaseSource(nameof(NamesOfWays))]
    public async Task It_flows_onto_the_loop(string way)
    {
        Local.Value = "the caller's";
        using var activity = new Activity("the caller's").Start();
        var seen = await Ways[way](Loop, () => Local.Value + " " + Activity.Current?.OperationName + " " + Loop.IsLoopThread).Soon();
        Assert.That(seen, Is.EqualTo("the caller's the caller's True"));
    }

    [TestCaseSource(nameof(NamesOfWays))]
    public async Task It_does_not_flow_where_its_flow_is_suppressed(string way)
    {
        Local.Value = "the caller's";
        Task<string?> seen;
        using (ExecutionContext.SuppressFlow())
        {
            seen = Ways[way](Loop, () => Local.Value ?? "nothing");
        }

        Assert.That(await seen.Soon(), Is.EqualTo("nothing"));
    }

    [Test]
    public async Task What_code_sets_stays_its_own([ValueSource(nameof(NamesOfWays))] string way)
    {
        Local.Value = "the caller's";
        foreach (var next in NamesOfWays)
        {
            using var gate = new ManualResetEventSlim();
            Loop.Post(gate.Wait); // so that they run one after the other
            var first = Ways[way](Loop, () => Local.Value = "set on the loop");
            Task<string?> second, third;
            using (ExecutionContext.SuppressFlow())
            {
                second = Ways[way](Loop, () => Local.Value = "set in the loop's own context");
                third = Ways[next](Loop, () => Local.Value ?? "nothing");
            }

            gate.Set();
            await first.Soon();
            await second.Soon();
            Assert.That(await third.Soon(), Is.EqualTo("nothing"), next);
            Assert.That(Local.Value, Is.EqualTo("the caller's"), "nor does it come back to the caller");
        }
    }

    [Test]
    public async Task What_code_sets_before_its_first_await_does_not_reach_a_caller_on_the_loop()
    {
        Local.Value = "the caller's";
        await Loop.RunAsync(async () =>
        {
            var inner = Loop.RunAsync(async () =>
            {
                Assert.That(Local.Value, Is.EqualTo("the caller's"));
                Local.Value = "inner";
                await Task.Yield();
                Assert.That(Local.Value, Is.EqualTo("inner"));
            });
            Assert.That(Local.Value, Is.EqualTo("the caller's"));
            await inner;
            Assert.That(Local.Value, Is.EqualTo("the caller's"));
        }).Soon();
    }

    [Test]
    public async Task Awaits_of_a_socket_keep_it([Values] bool onLoop, [Values] bool captured)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var all = Enumerable.Range(0, 2).Select(async number =>
            {
                Local.Value = $"{number}";
                for (var i = 0; i < 10; i++)
                {
                    if (number == 0)
                    {
                        await pair.Near.ReceiveAsync(new byte[1]).ConfigureAwait(captured);
                    }
                    else
                    {
                        await pair.Near.SendAsync(new byte[1]).ConfigureAwait(captured);
                        pair.Far.Send([1]);
                    }

                    Assert.That(Local.Value, Is.EqualTo($"{number}"));
                }
            }).ToArray();
            Assert.That(Local.Value, Is.Null);
            await Task.WhenAll(all);
            Assert.That(Local.Value, Is.Null);
        }).Soon();
    }

    /// <summary>Not what the compiler calls for an await, but what a library may.</summary>
    [Test]
    public async Task A_continuation_that_is_hooked_up_by_hand_has_it_and_keeps_what_it_sets([Values] bool onLoop, [Values] bool captured)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        await Run(onLoop, async () =>
        {
            var seen = new TaskCompletionSource<string?>();
            Local.Value = "the caller's";
            Hook(pair.Near.ReceiveAsync(new byte[1]), captured, flows: true, () =>
            {
                var value = Local.Value;
                Local.Value = "set in the continuation";
                seen.SetResult(value);
            });
            Local.Value = "later";
            pair.Far.Send([1]);
            Assert.That(await seen.Task.ConfigureAwait(false), Is.EqualTo("the caller's"));
        }).Soon();
    }

    [Test]
    public async Task What_a_continuation_sets_that_takes_no_context_does_not_stay_on_the_loop()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var done = new TaskCompletionSource();
        await Loop.RunAsync(() =>
        {
            Hook(pair.Near.ReceiveAsync(new byte[1]), captured: false, flows: false, () =>
            {
                Local.Value = "set in the continuation";
                done.SetResult();
            });
            return Task.CompletedTask;
        }).Soon();
        pair.Far.Send([1]);
        await done.Task.Soon();
        Assert.That(await SeenByTheLoop(), Is.Null);
    }

    [Test]
    public async Task A_handler_of_unhandled_exceptions_has_the_context_of_the_code_and_keeps_its_own()
    {
        ExpectedUnhandled = 1;
        string? seen = null;
        Loop.UnhandledException += (_, _) =>
        {
            seen = Local.Value;
            Local.Value = "set in the handler";
        };
        Local.Value = "the caller's";
        Loop.Post(() => throw new InvalidDataException("mine"));
        Assert.That(await SeenByTheLoop(), Is.Null);
        Assert.That(seen, Is.EqualTo("the caller's"));
    }

    [Test]
    public async Task It_flows_with_what_comes_too_late()
    {
        BreakableRing? ring = null;
        using var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => ring = new BreakableRing(RingFactory.Open(options)));
        Local.Value = "the caller's";
        Task<string?>? late = null;
        var caller = ExecutionContext.Capture()!;
        ring!.Before = closing =>
        {
            if (closing)
            {
                ExecutionContext.Run(caller, _ => late = Ways["the context's Post"](loop, () => Local.Value), null);
            }
        };
        await Task.Run(loop.Dispose).Soon();
        Assert.That(await late!.Soon(), Is.EqualTo("the caller's"));
        Assert.That(await Ways["the context's Post"](loop, () => Local.Value).Soon(), Is.EqualTo("the caller's"));
        using (ExecutionContext.SuppressFlow())
        {
            late = Ways["the context's Post"](loop, () => Local.Value);
        }

        Assert.That(await late.Soon(), Is.Null);
    }

    private static void Hook(ValueTask<int> receive, bool captured, bool flows, Action continuation)
    {
        var awaiter = receive.ConfigureAwait(captured).GetAwaiter();
        (flows ? awaiter.OnCompleted : (Action<Action>)awaiter.UnsafeOnCompleted)(continuation);
    }

    /// <summary>What code sees that brings no context of its own.</summary>
    private Task<string?> SeenByTheLoop()
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Ways["Post"](Loop, () => Local.Value).Soon();
        }
    }

    private static Task<string?> Complete(Action<Action<string?>> start)
    {
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        start(seen.SetResult);
        return seen.Task;
    }
}
