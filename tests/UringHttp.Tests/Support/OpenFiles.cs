namespace UringHttp.Tests.Support;

/// <summary>What this process holds of the kernel: /proc/self.</summary>
internal static class OpenFiles
{
    private static readonly string[] KindsOfALoop = ["socket:", "anon_inode:[io_uring]", "anon_inode:[eventpoll]", "anon_inode:[eventfd]"];

    /// <summary>Descriptors of the kinds that a loop opens.</summary>
    public static int Count() => Links().Count(link => KindsOfALoop.Any(kind => link.StartsWith(kind, StringComparison.Ordinal)));

    /// <summary>Threads with this name; the kernel keeps 15 characters of it.</summary>
    public static int CountThreads(string name) =>
        Directory.EnumerateDirectories("/proc/self/task").Count(thread => ReadName(thread) == name);

    private static IEnumerable<string> Links()
    {
        foreach (var path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            string? link;
            try
            {
                link = new FileInfo(path).LinkTarget;
            }
            catch (IOException)
            {
                continue; // closed since it was listed
            }

            yield return link ?? string.Empty;
        }
    }

    private static string? ReadName(string thread)
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
