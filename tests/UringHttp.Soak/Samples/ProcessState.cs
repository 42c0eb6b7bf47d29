namespace UringHttp.Soak;

/// <summary>What this process has of the kernel: /proc/self.</summary>
internal static class ProcessState
{
    /// <summary>Descriptors of the kinds that loops open: others belong to the runtime, which opens and keeps some as it likes.</summary>
    private static readonly string[] s_kindsOfLoops =
    [
        "socket:", "anon_inode:[io_uring]", "anon_inode:[eventpoll]", "anon_inode:[eventfd]",
    ];

    public static long ResidentBytes => ReadStatus("VmRSS:") * 1024;

    public static int Threads => (int)ReadStatus("Threads:");

    public static int Descriptors => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    public static int DescriptorsOfLoops => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(path => LinkOf(path) is { } link && s_kindsOfLoops.Any(kind => link.StartsWith(kind, StringComparison.Ordinal)));

    /// <summary>Threads of this name.</summary>
    public static int CountThreads(string name) =>
        Directory.EnumerateDirectories("/proc/self/task").Count(thread => NameOf(thread) == name);

    private static long ReadStatus(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(), provider: null);
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null; // closed since it was listed
        }
    }

    private static string? NameOf(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/comm").Trim();
        }
        catch (IOException)
        {
            return null; // ended since it was listed
        }
    }
}
