using System.Diagnostics;
using System.Runtime;

namespace UringHttp.Compare;

/// <summary>What this process has used so far. The difference of two samples is what a round has used.</summary>
internal sealed record ProcessSample
{
    private const string PeakMemoryField = "VmHWM:";

    public required long Timestamp { get; init; }

    /// <summary>User and system time of all threads, those of the garbage collector and the compiler included.</summary>
    public required Environment.ProcessCpuUsage Cpu { get; init; }

    public required long AllocatedBytes { get; init; }

    public required IReadOnlyList<int> Collections { get; init; }

    /// <summary>Spent in the just-in-time compiler, on whatever thread.</summary>
    public required TimeSpan Compilation { get; init; }

    /// <summary>Sampled so that the cost of sampling falls outside of what lies between the two samples.</summary>
    public static ProcessSample TakeBefore()
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        int[] collections = CountCollections();
        TimeSpan compilation = JitInfo.GetCompilationTime();
        Environment.ProcessCpuUsage cpu = Environment.CpuUsage;
        return new ProcessSample
        {
            AllocatedBytes = allocated,
            Collections = collections,
            Compilation = compilation,
            Cpu = cpu,
            Timestamp = Stopwatch.GetTimestamp(),
        };
    }

    /// <inheritdoc cref="TakeBefore"/>
    public static ProcessSample TakeAfter()
    {
        long timestamp = Stopwatch.GetTimestamp();
        Environment.ProcessCpuUsage cpu = Environment.CpuUsage;
        TimeSpan compilation = JitInfo.GetCompilationTime();
        int[] collections = CountCollections();
        return new ProcessSample
        {
            Timestamp = timestamp,
            Cpu = cpu,
            Collections = collections,
            Compilation = compilation,
            AllocatedBytes = GC.GetTotalAllocatedBytes(precise: true),
        };
    }

    /// <summary>
    /// Makes <see cref="ReadPeakMemory"/> tell the peak from now on. Linux 4.0 and later; where it is refused, the peak stays that of the
    /// process.
    /// </summary>
    public static void ResetPeakMemory()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A peak over all rows is still a peak.
        }
    }

    /// <summary>The most memory that was resident, in bytes.</summary>
    public static long ReadPeakMemory() => ReadMemory(PeakMemoryField);

    /// <summary>A field of /proc/self/status that tells an amount of memory, in bytes.</summary>
    public static long ReadMemory(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        ReadOnlySpan<char> kibibytes = line.AsSpan(field.Length).Trim();
        return long.Parse(kibibytes[..kibibytes.IndexOf(' ')], provider: null) * 1024;
    }

    private static int[] CountCollections() => [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
}
