using System.ComponentModel;
using System.Diagnostics;

namespace UringHttp.Compare;

/// <summary>The commit that the program was built from, as far as its directory tells.</summary>
internal sealed record CommitInfo(string Hash, bool IsDirty)
{
    public string Short => (Hash.Length > 12 ? Hash[..12] : Hash) + (IsDirty ? " with changes" : string.Empty);

    public static CommitInfo Read() => Git("rev-parse", "HEAD") is { } hash
        ? new CommitInfo(hash, !string.IsNullOrEmpty(Git("status", "--porcelain")))
        : new CommitInfo("unknown", IsDirty: false);

    /// <summary>What git says; null when there is no git or no repository.</summary>
    private static string? Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-C", RepositoryRoot.Find(), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            git.ErrorDataReceived += static (_, _) => { };
            git.BeginErrorReadLine();
            string output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
