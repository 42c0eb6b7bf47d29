using System.Text.RegularExpressions;
using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

/// <summary>What no compiler or formatter checks. Calls that the libraries must not make stand in src/BannedSymbols.txt.</summary>
internal sealed class SourceTests
{
    private const int LongestLine = 140;
    private const int LongestFile = 450;

    /// <summary>Files that may be longer, each with the reason why it is one idea.</summary>
    private static readonly Dictionary<string, string> LongFiles = new()
    {
        ["native/backend_uring.c"] = "one idea: a submission's way through io_uring",
    };

    private static IEnumerable<SourceFile> Written =>
        [.. new[] { "native", "src", "tests", "benchmarks" }.SelectMany(folder => Repository.Sources(folder, ".cs", ".c", ".h"))];

    [Test]
    public void No_line_is_too_long() => Rule.IsKept(
        $"a line has at most {LongestLine} characters",
        from file in Written
        from line in file.Lines.Index()
        where line.Item.Length > LongestLine
        select $"{file}:{line.Index + 1} has {line.Item.Length}");

    [Test]
    public void A_long_file_has_a_reason() => Rule.IsKept(
        $"a file has at most {LongestFile} lines: split it, or name it in LongFiles with the reason",
        from file in Written
        where file.Lines.Length > LongestFile && !LongFiles.ContainsKey(file.Path)
        select $"{file} has {file.Lines.Length}");

    [Test]
    public void A_reason_has_a_long_file() => Rule.IsKept(
        "take it off LongFiles",
        LongFiles.Keys.Except(Written.Where(file => file.Lines.Length > LongestFile).Select(file => file.Path)));

    [Test]
    public void No_method_is_async_void() => Rule.IsKept(
        "nobody can await an async void method or see its exception",
        from file in Repository.Sources("src", ".cs")
        where Regex.IsMatch(file.Code, @"\basync\s+void\b")
        select file.Path);

    [Test]
    public void Nothing_is_left_to_do() => Rule.IsKept(
        "write an issue instead",
        from file in Written
        where file.Path.StartsWith("src/", StringComparison.Ordinal) || file.Path.StartsWith("native/", StringComparison.Ordinal)
        from line in file.Lines.Index()
        where Regex.IsMatch(line.Item, @"\b(TODO|FIXME|HACK|NotImplementedException)\b")
        select $"{file}:{line.Index + 1}");
}
