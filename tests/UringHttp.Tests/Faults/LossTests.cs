using NUnit.Framework;

namespace UringHttp.Tests.Faults;

/// <summary>Packets get lost both ways, by chance. TCP repairs it; nobody above it may notice more than the time.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class LossTests(UringBackend backend) : FaultFixture(backend)
{
    [TestCase(5, 10)]
    [TestCase(20, 5)]
    public async Task Lost_packets_lose_no_answer(int percent, int requests)
    {
        const int Callers = 8;
        HttpClient client = NewClient(slots: 4);
        var load = new Load(Loop, client, Server, isSmall: percent > 10);
        Filter.Lose(percent);
        await load.RunAsync(Callers, requests).WaitAsync(Patience);
        Assert.That(Filter.Met, Is.GreaterThan(0), "packets were lost");
        Assert.That(load.Failures, Is.Empty);
        Assert.That(load.Answered, Is.EqualTo(Callers * requests));
    }
}
