using System.Numerics;

namespace UringHttp.Compare;

/// <summary>
/// Counts durations in log-linear buckets: 64 to each doubling, so a value read back is at most 1.6 % too high. Any thread may record;
/// it is read when the recording threads are done.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int BucketBits = 6;
    private const int BucketsPerDoubling = 1 << BucketBits;

    private readonly long[] _counts = new long[(64 - BucketBits + 1) * BucketsPerDoubling];
    private long _max;

    public void Record(long nanoseconds)
    {
        long value = Math.Max(0, nanoseconds);
        Interlocked.Increment(ref _counts[BucketOf((ulong)value)]);
        long max = Volatile.Read(ref _max);
        while (value > max)
        {
            long seen = Interlocked.CompareExchange(ref _max, value, max);
            if (seen == max)
            {
                break;
            }

            max = seen;
        }
    }

    /// <summary>The nanoseconds that the given part (0 to 1) of the recorded values does not exceed; 0 when there are none.</summary>
    public long Percentile(double part)
    {
        long total = _counts.Sum();
        long wanted = Math.Max(1, (long)Math.Ceiling(part * total));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted)
            {
                return Math.Min(HighestOf(bucket), _max);
            }
        }

        return 0;
    }

    public LatencySummary Summarize() => new()
    {
        P50 = Microseconds(Percentile(0.50)),
        P95 = Microseconds(Percentile(0.95)),
        P99 = Microseconds(Percentile(0.99)),
        P999 = Microseconds(Percentile(0.999)),
        Max = Microseconds(_max),
    };

    /// <summary>Values below 64 have a bucket each; above, the six bits after the leading one choose it.</summary>
    private static int BucketOf(ulong value)
    {
        int shift = Math.Max(0, BitOperations.Log2(value | 1) - BucketBits);
        return (shift * BucketsPerDoubling) + (int)(value >> shift);
    }

    private static long HighestOf(int bucket)
    {
        int shift = Math.Max(0, (bucket >> BucketBits) - 1);
        long position = bucket - (shift * BucketsPerDoubling);
        return ((position + 1) << shift) - 1;
    }

    private static double Microseconds(long nanoseconds) => nanoseconds / 1000.0;
}
