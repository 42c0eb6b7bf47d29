using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UringHttp.Compare;

/// <summary>The clock of <see cref="Stopwatch"/>, which on Linux counts the nanoseconds of CLOCK_MONOTONIC, to sleep by.</summary>
internal static partial class MonotonicClock
{
    private const int Monotonic = 1;
    private const int ThreadCpuTime = 3;
    private const int Absolute = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Blocks the calling thread; wakes some 50 µs late, where Thread.Sleep does up to a millisecond.</summary>
    public static void SleepUntil(long timestamp)
    {
        var time = new TimeSpec(timestamp / NanosecondsPerSecond, timestamp % NanosecondsPerSecond);
        while (Stopwatch.GetTimestamp() < timestamp)
        {
            _ = clock_nanosleep(Monotonic, Absolute, time, 0); // a signal may end it early
        }
    }

    /// <summary>What the calling thread has used of a CPU so far.</summary>
    public static double ThreadCpuSeconds()
    {
        _ = clock_gettime(ThreadCpuTime, out TimeSpec time);
        return time.Seconds + (time.Nanoseconds / (double)NanosecondsPerSecond);
    }

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, in TimeSpec time, nint left);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
