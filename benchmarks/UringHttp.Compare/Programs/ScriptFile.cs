namespace UringHttp.Compare;

/// <summary>The scripts that lie next to this program.</summary>
internal static class ScriptFile
{
    public static string Find(string name) => Path.Combine(AppContext.BaseDirectory, "Scripts", name);
}
