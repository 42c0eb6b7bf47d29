using System.Runtime.InteropServices;

namespace UringHttp.Compare;

/// <summary>What the run ran on.</summary>
internal sealed record MachineInfo
{
    public required string Processor { get; init; }

    public required int Cores { get; init; }

    public required long MemoryBytes { get; init; }

    public required string Kernel { get; init; }

    public required string System { get; init; }

    public required string Runtime { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Debug or Release: figures of the former mean nothing.</summary>
    public required string Configuration { get; init; }

    public static MachineInfo Read() => new()
    {
        Processor = ReadField("/proc/cpuinfo", "model name") ?? ReadField("/proc/cpuinfo", "CPU part") ?? "unknown",
        Cores = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        System = RuntimeInformation.OSDescription,
        Runtime = RuntimeInformation.FrameworkDescription,
        Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
#if DEBUG
        Configuration = "Debug",
#else
        Configuration = "Release",
#endif
    };

    private static string? ReadField(string file, string field)
    {
        string? line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
