using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>The server goes away and comes back while requests are under way.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class RestartTests(UringBackend backend) : FaultFixture(backend)
{
    private const int Callers = 8;
    private const int Rounds = 3;

    /// <summary>
    /// nginx closes idle connections when it reloads, and may do so while a request is on its way. A GET goes out again by itself; what
    /// has a content does not, since it may have been heard.
    /// </summary>
    [Test]
    public async Task A_reload_fails_no_get()
    {
        Load load = await RunAsync(Server.ReloadAsync);
        Assert.That(load.Failures.Select(one => one.Method), Is.All.EqualTo(HttpMethod.Put));
        Assert.That(load.Failures.Select(one => one.Kind), Is.All.AnyOf(FailureKind.Ended, FailureKind.Broken));
    }

    [TestCase(LibC.Terminate)]
    [TestCase(LibC.Kill)]
    public async Task A_server_that_dies_and_comes_back_costs_only_what_was_under_way(int signal)
    {
        Load load = await RunAsync(() =>
        {
            Server.Stop(signal);
            Server.Start();
            return Task.CompletedTask;
        });
        Assert.That(
            load.Failures.Select(one => one.Kind),
            Is.All.AnyOf(FailureKind.NotConnected, FailureKind.Ended, FailureKind.Broken));
    }

    /// <summary>A load that goes on over several rounds of a fault, in each of which it is answered again.</summary>
    private async Task<Load> RunAsync(Func<Task> fault)
    {
        using var stop = new CancellationTokenSource();
        var load = new Load(Loop, NewClient(slots: 4), Server, isSmall: true);
        Task running = load.RunUntilAsync(Callers, stop.Token);
        for (int i = 0; i < Rounds; i++)
        {
            await load.GetsOnAsync(running);
            await fault();
        }

        await load.GetsOnAsync(running);
        await stop.CancelAsync();
        await running.Soon();
        return load;
    }
}
