using System.Collections.Concurrent;
using System.Text;
using NUnit.Framework;

namespace UringHttp.Tests.Client.Differential;

/// <summary>The stock handler is the oracle: each exchange is had with both, and what can be seen of it is the same, or listed.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class DifferentialTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    /// <summary>What the stock handler does depends on no backend of ours.</summary>
    private static readonly ConcurrentDictionary<string, Task<string>> Stock = new();

    private static IEnumerable<string> Subjects => Exchanges.BySubject.Keys;

    [TestCaseSource(nameof(Subjects))]
    public async Task Both_handlers_do_the_same(string subject)
    {
        var failures = new StringBuilder();
        foreach (Exchange exchange in Exchanges.BySubject[subject])
        {
            string stock = await Stock.GetOrAdd(exchange.Name, _ => Observation.OfAsync(exchange, StockComparison.NewStock, Task.Run))
                .WaitAsync(Patience);
            string ours = await Observation.OfAsync(
                exchange, settings => new UringHttpHandler(Loop, StockComparison.NewOptions(settings)), CallAsync);
            if (Judge(exchange, stock, ours) is { } failure)
            {
                failures.Append($"== {exchange.Name}: {failure}\n-- stock\n{Short(stock)}-- here\n{Short(ours)}");
            }
        }

        Assert.That(failures.Length, Is.Zero, failures.ToString());
    }

    private static string? Judge(Exchange exchange, string stock, string ours)
    {
        KnownDifference? known = KnownDifferences.All.SingleOrDefault(difference => difference.IsShownBy(exchange));
        return (known, stock == ours) switch
        {
            (null, true) => null,
            (null, false) => "a difference that is not listed",
            (_, true) => $"'{known.What}' is listed, but there is no difference: take it off the list",
            (_, false) => known.Describes(ours) ? null : $"not the difference '{known.What}', which is listed",
        };
    }

    private static string Short(string observation) => observation.Length > 2000 ? $"{observation[..2000]}...\n" : observation;
}
