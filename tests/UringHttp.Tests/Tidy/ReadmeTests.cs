using System.Text.RegularExpressions;
using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

internal sealed class ReadmeTests
{
    /// <summary>tests/packages compiles and runs that program, against the packages.</summary>
    [TestCase("README.md")]
    [TestCase("src/UringHttp/README.md")]
    public void The_client_sample_is_what_the_package_test_runs(string readme)
    {
        var shown = Between(Repository.Read(readme), "```csharp\n", "```").Replace("\"http://127.0.0.1:8080/\"", "address");
        var run = Between(Repository.Read("tests/packages/Consumer/Program.cs"), "// sample: client\n", "// end of sample");
        Assert.That(shown, Is.EqualTo(run));
    }

    [Test]
    public void The_readme_is_short() => Assert.That(Repository.Read("README.md").Split('\n'), Has.Length.LessThan(150));

    [Test]
    public void The_readme_names_files_that_exist()
    {
        var missing = Regex.Matches(Repository.Read("README.md"), @"\]\((?<path>[^):#]+)\)").Select(match => match.Groups["path"].Value)
            .Where(path => !Path.Exists(Path.Combine(Repository.Root, path)));
        Assert.That(missing, Is.Empty);
    }

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }
}
