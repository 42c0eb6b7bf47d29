namespace UringHttp.Compare;

/// <summary>Where the repository is that this program was built in; the current directory when it was moved out of it.</summary>
internal static class RepositoryRoot
{
    private const string Mark = "UringHttp.slnx";

    public static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, Mark)))
            {
                return directory.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
