namespace UringHttp.Compare;

/// <summary>Programs of the system: where they are, and how one comes by them.</summary>
internal static class ProgramFile
{
    /// <summary>Where a program is, or null. Distributions put some where only root's PATH looks.</summary>
    public static string? Find(string name)
    {
        string[] places = [.. (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':'), "/usr/sbin", "/usr/local/sbin"];
        return places.Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists);
    }

    public static string DescribeMissing(string program) =>
        $"{program} is not installed; on Debian: apt-get install -y {Path.GetFileName(program)}";
}
