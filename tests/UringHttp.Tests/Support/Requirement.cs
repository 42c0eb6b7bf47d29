using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>What a test needs of the machine: without it the test is skipped with one line that says why, and fails in CI.</summary>
internal static class Requirement
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

    /// <summary>The path of a program.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="package">The Debian package that has it.</param>
    internal static string Program(string program, string package)
    {
        string? path = Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Holds(path is not null, $"{program} is not installed: apt-get install {package}");
        return path!;
    }

    internal static void Holds(bool isMet, string missing)
    {
        if (!isMet && Environment.GetEnvironmentVariable("CI") is "true")
        {
            Assert.Fail(missing);
        }
        else if (!isMet)
        {
            Assert.Ignore(missing);
        }
    }
}
