using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>The client's process runs out of descriptors or of memory, in a process of its own: see tests/UringHttp.Confined.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class ExhaustionTests(UringBackend backend) : FaultFixture(backend)
{
    [Test]
    public async Task Without_a_free_descriptor_only_new_connections_fail()
    {
        var report = await ConfinedProcess.RunAsync("client-descriptors", $"{Backend}", $"{Server.At("10240")}");
        Assert.Multiple(() =>
        {
            Assert.That(report["before"], Is.EqualTo("answered"));
            Assert.That(report["idle"], Is.EqualTo("answered"), "on the connection that there is");
            Assert.That(report["without"], Is.EqualTo("ConnectionError:TooManyOpenSockets answered"));
            Assert.That(report["descriptors"], Is.EqualTo("1"));
            Assert.That(report["after"], Is.EqualTo("answered"));
            AssertNothingIsLeft(report);
        });
    }

    /// <summary>48 MiB of heap, into which few bodies of 8 MB go.</summary>
    [Test]
    public async Task Without_memory_a_request_fails_alone_and_later_ones_go_on()
    {
        var report = await ConfinedProcess.RunWithAsync(
            new() { ["DOTNET_GCHeapHardLimit"] = "0x3000000", ["DOTNET_gcServer"] = "0" },
            "client-memory", $"{Backend}", $"{Server.At(FaultServer.Huge)}");
        Assert.Multiple(() =>
        {
            Assert.That(report["without"], Does.Contain("OutOfMemory"));
            Assert.That(int.Parse(report["kept"]), Is.GreaterThan(1));
            Assert.That(report["after"], Is.EqualTo("answered"));
            Assert.That(report["same"], Is.EqualTo("True"), "each body is what the first one was");
            AssertNothingIsLeft(report);
        });
    }

    [Test]
    public async Task Collections_that_move_everything_cost_no_answer()
    {
        using var stop = new CancellationTokenSource();
        var load = new Load(Loop, NewClient(slots: 4), Server);
        Task running = load.RunUntilAsync(callers: 8, stop.Token);
        for (int i = 0; i < 50; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        }

        await load.GetsOnAsync(running);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.That(load.Failures, Is.Empty);
    }

    private static void AssertNothingIsLeft(Dictionary<string, string> report)
    {
        Assert.That(report["left"], Is.EqualTo("0"));
        Assert.That(report["unhandled"], Is.EqualTo("0"));
    }
}
