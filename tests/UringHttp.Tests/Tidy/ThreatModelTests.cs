using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

/// <summary>SECURITY.md names tests and options: they exist.</summary>
internal sealed partial class ThreatModelTests
{
    private static readonly Type[] _tests = Assembly.GetExecutingAssembly().GetTypes();

    [Test]
    public void Each_test_that_it_names_exists() => Rule.IsKept(
        "SECURITY.md names tests that exist",
        from row in Rows
        from name in Names(row[^1])
        where !Exists(name)
        select name);

    [Test]
    public void Each_threat_has_a_test() => Rule.IsKept(
        "each threat in SECURITY.md names a test",
        from row in Rows where !Names(row[^1]).Any() select row[0]);

    [Test]
    public void Each_option_that_it_names_exists()
    {
        string[] known =
        [
            .. new[] { typeof(UringHttpHandlerOptions), typeof(UringFetchOptions), typeof(UringHttpClient), typeof(HttpClient) }
                .SelectMany(type => type.GetProperties()).Select(property => property.Name),
        ];
        Rule.IsKept(
            "SECURITY.md names options that exist",
            from row in Rows
            from name in OptionName().Matches(row[1]).Select(match => match.Groups["name"].Value)
            where !known.Contains(name)
            select name);
    }

    /// <summary>The rows of the table of threats, in cells.</summary>
    private static IEnumerable<string[]> Rows =>
        from line in Repository.Read("SECURITY.md").Split("## Threats")[1].Split("## What is not")[0].Split('\n')
        where line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Threat ", StringComparison.Ordinal)
        select line.Trim('|', ' ').Split(" | ");

    private static IEnumerable<string> Names(string cell) => TestName().Matches(cell).Select(match => match.Groups["name"].Value);

    private static bool Exists(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(Path.Combine(Repository.Root, name));
        }

        string[] parts = name.Split('.');
        return _tests.Any(type => type.Name == parts[0] && (parts.Length == 1 || type.GetMethods().Any(method =>
            method.Name == parts[1] && method.GetCustomAttributes().Any(IsTest))));
    }

    private static bool IsTest(Attribute attribute) => attribute is TestAttribute or TestCaseAttribute or TestCaseSourceAttribute;

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex TestName();

    /// <summary>An option stands before the parenthesis with its default.</summary>
    [GeneratedRegex(@"`(?:\w+\.)?(?<name>[A-Z][A-Za-z0-9]+)`(?=,| \()")]
    private static partial Regex OptionName();
}
