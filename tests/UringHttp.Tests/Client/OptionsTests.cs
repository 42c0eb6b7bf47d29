using System.Text.RegularExpressions;
using NUnit.Framework;
using UringHttp.Tests.Tidy;

namespace UringHttp.Tests.Client;

/// <summary>The options against the stock handler's properties, and the table in the README against both.</summary>
[TestFixture]
internal sealed class OptionsTests
{
    private static IEnumerable<string> StockProperties =>
        typeof(SocketsHttpHandler).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(StockProperties))]
    public void A_property_has_the_stock_default(string name)
    {
        var ours = typeof(UringHttpHandlerOptions).GetProperty(name);
        if (ours is null)
        {
            Assert.That(Row(name)[1], Does.StartWith("not"), "the README says so");
            return;
        }

        var theirs = typeof(SocketsHttpHandler).GetProperty(name)!;
        using var stock = new SocketsHttpHandler();
        var expected = theirs.GetValue(stock);
        var actual = ours.GetValue(new UringHttpHandlerOptions());
        if (expected is null or ValueType)
        {
            Assert.That(actual, Is.EqualTo(expected));
        }
        else
        {
            Assert.That(actual, Is.InstanceOf(theirs.PropertyType));
        }
    }

    [Test]
    public void What_is_for_http2_can_be_set_to_its_default_only()
    {
        var options = new UringHttpHandlerOptions();
        options.EnableMultipleHttp2Connections = options.EnableMultipleHttp3Connections = false;
        options.InitialHttp2StreamWindowSize = 65_535;
        options.KeepAlivePingDelay = Timeout.InfiniteTimeSpan;
        options.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        options.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always;
        Assert.Multiple(() =>
        {
            Refused(nameof(options.EnableMultipleHttp2Connections), () => options.EnableMultipleHttp2Connections = true);
            Refused(nameof(options.EnableMultipleHttp3Connections), () => options.EnableMultipleHttp3Connections = true);
            Refused(nameof(options.InitialHttp2StreamWindowSize), () => options.InitialHttp2StreamWindowSize = 100_000);
            Refused(nameof(options.KeepAlivePingDelay), () => options.KeepAlivePingDelay = TimeSpan.FromSeconds(1));
            Refused(nameof(options.KeepAlivePingTimeout), () => options.KeepAlivePingTimeout = TimeSpan.FromSeconds(1));
            Refused(nameof(options.KeepAlivePingPolicy), () => options.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests);
        });
    }

    [Test]
    public void The_readme_names_tests_that_exist()
    {
        var named = Rows().SelectMany(row => row[2].Split(", ", StringSplitOptions.RemoveEmptyEntries));
        var missing = named.Where(name => typeof(OptionsTests).Assembly.GetType($"UringHttp.Tests.Client.{name}") is null);
        Assert.That(missing, Is.Empty);
    }

    private static void Refused(string property, Action set) =>
        Assert.That(() => set(), Throws.InstanceOf<NotSupportedException>().With.Message.Contains(property));

    private static string[] Row(string property) => Rows().Single(row => row[0] == $"`{property}`");

    /// <summary>The rows of the tables with tests, as the text of their three cells.</summary>
    private static IEnumerable<string[]> Rows() => Regex
        .Matches(Repository.Read("src/UringHttp/README.md"), @"^\| ([^|]*) \| ([^|]*) \| ?([^|]*?) ?\|$", RegexOptions.Multiline)
        .Select(match => match.Groups.Values.Skip(1).Select(cell => cell.Value.Trim()).ToArray())
        .Where(cells => cells[2] is not ("tests" or "---"));
}
