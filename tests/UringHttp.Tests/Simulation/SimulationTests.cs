using System.Diagnostics;
using NUnit.Framework;
using UringHttp.Simulation;

namespace UringHttp.Tests.Simulation;

/// <summary>
/// The client over a simulated kernel: tests/UringHttp.Simulation. A failing seed is replayed, with its trace, by
/// <c>./build.sh --target=Simulate --seed=S</c>.
/// </summary>
internal sealed class SimulationTests
{
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);

    /// <summary>Seeds that failed once, each with what was wrong.</summary>
    [TestCase(4ul, TestName = "A send fails and nothing is received: the exchange waited for ever")]
    [TestCase(367ul, TestName = "The ring fails in the loop's last turns: the mark of the closed mailbox was executed")]
    [TestCase(3947ul, TestName = "A send fails after its answer was read: the connection was never closed")]
    public void A_seed_that_failed_holds(ulong seed) => AssertHolds(Run(new RunSettings(seed)));

    /// <summary>The same ones each time, so that a change is judged by what it changes; the target Simulate takes fresh ones.</summary>
    [Test]
    public void Ten_thousand_seeds_hold()
    {
        var watch = Stopwatch.StartNew();
        var series = new SeedSeries(1, 10_000) { IsTimeUp = () => watch.Elapsed > s_most };
        series.Run(Environment.ProcessorCount, _ => { });
        TestContext.Out.WriteLine($"{series.Done} seeds from {series.First} on, {series.Requests} requests, {series.Struck.Sum()} faults");
        AssertHolds(series.Failure);
        Assert.That(series.Done, Is.GreaterThan(100), "too slow to show anything");
    }

    [Test]
    public void Each_call_may_fail_in_turn()
    {
        var watch = Stopwatch.StartNew();
        var series = new SeedSeries(1, 50, isTorture: true) { IsTimeUp = () => watch.Elapsed > s_most };
        series.Run(Environment.ProcessorCount, _ => { });
        AssertHolds(series.Failure, series.FailingCall);
        Assert.That(series.Struck.Sum(), Is.GreaterThan(100));
    }

    [Test]
    public void A_seed_replays_exactly([Values(3ul, 21ul, 367ul)] ulong seed)
    {
        var settings = new RunSettings(seed) { IsTraced = true };
        IReadOnlyList<string> first = Run(settings).Trace;
        IReadOnlyList<string> second = Run(settings).Trace;
        Assert.That(second, Is.EqualTo(first));
    }

    /// <summary>On a thread of its own, without what NUnit leaves on those of the tests.</summary>
    private static RunResult Run(RunSettings settings)
    {
        RunResult? result = null;
        var thread = new Thread(() => result = new SimulationRun(settings).Run());
        thread.UnsafeStart();
        thread.Join();
        return result!;
    }

    private static void AssertHolds(RunResult? result, int failingCall = 0)
    {
        string call = failingCall > 0 ? $" with call {failingCall} failing" : "";
        Assert.That(result?.Violation, Is.Null, $"seed {result?.Seed}{call}");
    }
}
