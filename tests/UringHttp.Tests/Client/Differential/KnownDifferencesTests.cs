using NUnit.Framework;
using UringHttp.Tests.Tidy;

namespace UringHttp.Tests.Client.Differential;

/// <summary>The list of differences, the exchanges and the README hold together.</summary>
internal sealed class KnownDifferencesTests
{
    private static IEnumerable<Exchange> AllExchanges => Exchanges.BySubject.Values.SelectMany(subject => subject);

    [Test]
    public void Every_exchange_has_a_name_of_its_own() => Assert.That(
        AllExchanges.GroupBy(exchange => exchange.Name).Where(same => same.Count() > 1).Select(same => same.Key), Is.Empty);

    [Test]
    public void There_are_as_many_as_the_readme_says() => Assert.That(AllExchanges.Count(), Is.GreaterThan(2000));

    [Test]
    public void No_exchange_shows_two_differences() => Assert.That(
        AllExchanges.Where(exchange => KnownDifferences.All.Count(difference => difference.IsShownBy(exchange)) > 1), Is.Empty);

    [Test]
    public void Every_difference_is_shown_by_the_exchanges_that_it_names() => Assert.That(
        from difference in KnownDifferences.All
        from name in difference.Shown
        where !AllExchanges.Any(exchange => KnownDifference.Matches(name, exchange))
        select $"{difference.What}: {name}",
        Is.Empty);

    [Test]
    public void The_readme_lists_them()
    {
        string[] lines = Repository.Read("src/UringHttp/README.md").Split('\n');
        int start = Array.IndexOf(lines, "| what | SocketsHttpHandler | here | why |") + 2;
        Assert.That(
            lines[start..].TakeWhile(line => line.StartsWith('|')), Is.EqualTo(KnownDifferences.All.Select(difference => difference.Row)));
    }
}
