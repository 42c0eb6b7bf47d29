using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace UringHttp;

/// <summary>
/// The counters of all loops of the process, as instruments of the meter UringHttp.Loop: read when somebody collects, and at no other
/// time. Each measurement names the loop's thread and backend. Any thread.
/// </summary>
internal static class LoopMetrics
{
    private static readonly ConcurrentDictionary<UringLoop, KeyValuePair<string, object?>[]> s_loops = new();
    private static readonly Meter s_meter = new("UringHttp.Loop");

    static LoopMetrics()
    {
        Total("uring.loop.turns", "{turn}", "Passes of the loop.", static now => now.Turns);
        Total("uring.loop.submissions", "{submission}", "Submissions the ring accepted.", static now => now.Submissions);
        Total("uring.loop.completions", "{completion}", "Completions the ring delivered.", static now => now.Completions);
        Total("uring.loop.slow_turns", "{turn}", "Turns longer than the loop's limit.", static now => now.SlowTurns);
        Total("uring.loop.wakes", "{wake}", "Times another thread had to wake the loop.", static now => now.Wakes);
        Total("uring.loop.unhandled_exceptions", "{exception}", "Exceptions that escaped.", static now => now.UnhandledExceptions);
        Level("uring.loop.operations", "{operation}", "Operations in flight.", static now => now.OperationsInFlight);
        Level("uring.loop.blocks", "{block}", "Blocks of pinned memory that are with somebody.", static now => now.BlocksRented);
        Level("uring.loop.descriptors", "{descriptor}", "Socket descriptors that are open.", static now => now.OpenDescriptors);
        Level("uring.loop.memory", "By", "Pinned memory in the loop's slabs.", static now => now.BlockMemory);
    }

    /// <summary>From here on the loop is measured.</summary>
    internal static void Add(UringLoop loop, string threadName) => s_loops[loop] =
    [
        new("uring.loop.thread", threadName),
        new("uring.loop.backend", loop.Backend.ToString()),
    ];

    /// <summary>The loop has ended.</summary>
    internal static void Remove(UringLoop loop) => s_loops.TryRemove(loop, out _);

    private static void Total(string name, string unit, string description, Func<UringLoopCounters, long> read) =>
        s_meter.CreateObservableCounter(name, () => Measure(read), unit, description);

    private static void Level(string name, string unit, string description, Func<UringLoopCounters, long> read) =>
        s_meter.CreateObservableUpDownCounter(name, () => Measure(read), unit, description);

    private static IEnumerable<Measurement<long>> Measure(Func<UringLoopCounters, long> read) =>
        s_loops.Select(loop => new Measurement<long>(read(loop.Key.Counters), loop.Value));
}
