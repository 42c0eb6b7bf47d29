using NUnit.Framework;

namespace UringHttp.Tests.Faults;

/// <summary>Signals interrupt the loop's system calls at any moment (EINTR), which nobody above may notice.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class SignalTests(UringBackend backend) : FaultFixture(backend)
{
    private const int Signals = 5_000;

    [Test]
    public async Task A_storm_of_signals_costs_no_answer()
    {
        int thread = await Loop.RunAsync(() => Task.FromResult(LibC.ThreadId));
        var load = new Load(Loop, NewClient(slots: 4), Server);
        using (var storm = new SignalStorm(thread))
        {
            do
            {
                await load.RunAsync(callers: 8, each: 5).WaitAsync(Patience);
            }
            while (storm.Sent < Signals);
        }

        Assert.That(load.Failures, Is.Empty);
    }
}
