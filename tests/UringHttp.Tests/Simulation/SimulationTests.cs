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
    private const int Fresh = 20_000;
    private const int FewestFresh = 2_000;

    private static readonly TimeSpan s_mostForFresh = TimeSpan.FromMinutes(3);

    /// <summary>For the calls that fail in turn.</summary>
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);

    /// <summary>Seeds that failed once, each with what was wrong.</summary>
    [TestCase(4ul, TestName = "A send fails and nothing is received: the exchange waited for ever")]
    [TestCase(367ul, TestName = "The ring fails in the loop's last turns: the mark of the closed mailbox was executed")]
    [TestCase(3947ul, TestName = "A send fails after its answer was read: the connection was never closed")]
    [TestCase(5994ul, TestName = "There is no block for an answer: its request was sent all the same")]
    [TestCase(925_812_787_894_917_773ul, TestName = "A peer strayed within its answer: the body was another one")]
    [TestCase(5_440_849_696_866_223_209ul, TestName = "A peer strayed where the rest of its answer was missing: the body was whole")]
    [TestCase(26_215_935_745_561ul, TestName = "A long body was received a byte at a time, since the reader's memory had no more")]
    [TestCase(78_032_856_756_172_162ul, TestName = "A long body was read a byte at a time, with pauses: the run had no end")]
    [TestCase(26_215_935_779_857ul, TestName = "The only request to an origin gave up without a slot: the pool was never forgotten")]
    [TestCase(26_215_935_899_532ul, TestName = "An exchange that had sent nothing was counted: a new connection was taken for a used one")]
    [TestCase(26_215_935_923_099ul, TestName = "A peer strayed within an answer that only its close ends")]
    [TestCase(1_000_000_774_086ul, TestName = "A request that claimed a slot gave up: the one behind it waited for ever")]
    [TestCase(5578ul, TestName = "The ring failed as a request was put into a pipeline: nobody looked there any more")]
    [TestCase(32_071ul, TestName = "There was no block for the answer of a request in a pipeline: it was sent all the same")]
    [TestCase(200_039_016ul, TestName = "A stray answer was taken by a request behind: its connection was not spoiled any more")]
    [TestCase(200_100_059ul, TestName = "A stray answer came in the turn that sent a request behind: it was told before that had left")]
    [TestCase(200_224_613ul, TestName = "A request behind waited for the ring: a stray answer was told as its own before it left")]
    public void A_seed_that_failed_holds(ulong seed) => AssertHolds(new SimulationRun(new RunSettings(seed)).Run());

    /// <summary>Other ones each time. One that fails is named with what is wrong; it belongs to those above then.</summary>
    [Test]
    public void Twenty_thousand_fresh_seeds_hold()
    {
        var watch = Stopwatch.StartNew();
        var series = new SeedSeries((ulong)Random.Shared.NextInt64(), Fresh) { IsTimeUp = () => watch.Elapsed > s_mostForFresh };
        series.Run(Environment.ProcessorCount, _ => { });
        TestContext.Out.WriteLine(series.Summarize(watch.Elapsed));
        AssertHolds(series.Failure);
        Assert.That(series.Done, Is.GreaterThan(FewestFresh), "too slow to show much");
        Assert.That(series.SentBehind, Is.GreaterThan(100), "pipelines");
        Assert.That(series.Struck.Index().Where(pair => pair.Item == 0).Select(pair => (Fault)pair.Index), Is.Empty, "faults of no effect");
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
    public void A_seed_replays_exactly([Values(3ul, 21ul, 367ul, 5578ul)] ulong seed)
    {
        var settings = new RunSettings(seed) { IsTraced = true };
        IReadOnlyList<string> first = new SimulationRun(settings).Run().Trace;
        IReadOnlyList<string> second = new SimulationRun(settings).Run().Trace;
        Assert.That(second, Is.EqualTo(first));
    }

    private static void AssertHolds(RunResult? result, int failingCall = 0)
    {
        string call = failingCall > 0 ? $" with call {failingCall} failing" : "";
        Assert.That(result?.Violation, Is.Null, $"seed {result?.Seed}{call}");
    }
}
