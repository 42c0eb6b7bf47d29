using System.Diagnostics;

namespace UringHttp.Soak;

/// <summary>Takes samples from its making on.</summary>
internal sealed class Sampler(IReadOnlyList<Stand> stands, Tally tally)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<Sample> _samples = [];

    public IReadOnlyList<Sample> Samples => _samples;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public Sample Take()
    {
        UringLoopCounters[] counters = [.. stands.Select(stand => stand.Loop.Counters)];
        var sample = new Sample
        {
            Seconds = Math.Round(Elapsed.TotalSeconds, 1),
            ResidentBytes = ProcessState.ResidentBytes,
            HeapBytes = GC.GetGCMemoryInfo().HeapSizeBytes,
            SlabBytes = counters.Sum(one => one.BlockMemory),
            Descriptors = ProcessState.Descriptors,
            Threads = ProcessState.Threads,
            Blocks = counters.Sum(one => one.BlocksRented),
            Operations = counters.Sum(one => one.OperationsInFlight),
            Timers = stands.Sum(stand => stand.Timers),
            Requests = tally.Ended,
        };
        _samples.Add(sample);
        return sample;
    }
}
