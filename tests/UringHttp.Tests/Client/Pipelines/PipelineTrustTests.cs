using NUnit.Framework;

namespace UringHttp.Tests.Client.Pipelines;

/// <summary>For how long a server is left in peace that ends connections under pipelines.</summary>
[TestFixture]
internal sealed class PipelineTrustTests
{
    [Test]
    public void Trust_comes_back_and_goes_for_longer_each_time()
    {
        const long Second = 1_000_000_000;
        var trust = default(PipelineTrust);
        Assert.That(trust.IsGiven(0), Is.True);
        Assert.That(trust.OnBroken(0, answers: 99), Is.False);
        Assert.That(trust.OnBroken(1, answers: 5), Is.False, "another connection, at the same time");
        Assert.That(trust.IsGiven(Second - 1), Is.False);
        Assert.That(trust.IsGiven(Second), Is.True);
        Assert.That(trust.OnBroken(Second, answers: 0), Is.False);
        Assert.That(trust.IsGiven((3 * Second) - 1), Is.False);
        Assert.That(trust.IsGiven(3 * Second), Is.True);
        Assert.That(trust.OnBroken(3 * Second, answers: 100), Is.True, "servers limit the requests of a connection");
        Assert.That(trust.IsGiven(3 * Second), Is.True);
        for (long now = 0; now < 3000 * Second; now += 301 * Second)
        {
            Assert.That(trust.IsGiven(now + (301 * Second)), Is.True, "five minutes at most");
            trust.OnBroken(now + (301 * Second), answers: 0);
        }
    }
}
