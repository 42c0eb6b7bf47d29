using NUnit.Framework;

namespace UringHttp.Tests.Faults;

/// <summary>A line that is slow, narrow, and does not keep the order of packets: only the time may tell.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class SlowLinkTests(UringBackend backend) : FaultFixture(backend)
{
    private const int Callers = 8;

    [TestCase(20, 0, 10_000_000)]
    [TestCase(2, 10, 10_000_000)]
    [TestCase(0, 0, 500_000)]
    public async Task A_bad_line_costs_no_answer(int delay, int jitter, int bytesPerSecond)
    {
        var terms = new LinkTerms(TimeSpan.FromMilliseconds(delay), TimeSpan.FromMilliseconds(jitter), bytesPerSecond);
        using SlowLink link = SlowLink.Lay(Network, terms);
        var load = new Load(Loop, NewClient(slots: 4), Server, isSmall: bytesPerSecond < 1_000_000, by: link.Address);
        await load.RunAsync(Callers, each: 8).WaitAsync(Patience);
        Assert.That(load.Failures, Is.Empty);
        Assert.That(link.Carried, Is.GreaterThan(Callers * 8), "packets went over it");
        Assert.That(link.Overtaken, jitter > 0 ? Is.GreaterThan(0) : Is.Zero);
    }
}
