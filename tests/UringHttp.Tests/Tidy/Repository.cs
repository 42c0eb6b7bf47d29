using System.Text.RegularExpressions;

namespace UringHttp.Tests.Tidy;

/// <summary>The files of this repository, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Files under a folder whose names end in one of the endings; nothing that a build made.</summary>
    public static IEnumerable<SourceFile> Sources(string folder, params string[] endings) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file)
        where endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal))
        where !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or ".git")
        orderby path
        select new SourceFile(path);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "UringHttp.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}

internal sealed partial class SourceFile(string path)
{
    public string Path { get; } = path;

    public string Text { get; } = Repository.Read(path);

    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    /// <summary>The text without comments and string literals, so that a word in it is a word of the program.</summary>
    public string Code => CommentOrString().Replace(Text, " ");

    /// <summary>The types that the file declares, by name.</summary>
    public IEnumerable<string> DeclaredTypes =>
        TypeDeclaration().Matches(Code).Select(match => match.Groups["name"].Value);

    public override string ToString() => Path;

    [GeneratedRegex("""
        //.*|/\*[\s\S]*?\*/|"{3}[\s\S]*?"{3}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'
        """)]
    private static partial Regex CommentOrString();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex TypeDeclaration();
}
