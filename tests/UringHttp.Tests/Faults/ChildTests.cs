using NUnit.Framework;

namespace UringHttp.Tests.Faults;

/// <summary>Children are started while requests are under way: they inherit nothing of the loop's.</summary>
[TestFixtureSource(typeof(FaultCases), nameof(FaultCases.All))]
internal sealed class ChildTests(UringBackend backend) : FaultFixture(backend)
{
    private const int Children = 10;

    private static readonly Tool _list = new("ls", "coreutils");

    private string[] _given = [];

    /// <summary>What the process that started this one gave it, before there is a loop, goes on to its children.</summary>
    [OneTimeSetUp]
    public void ListGiven() => _given = ListOfChild();

    [Test]
    public async Task A_child_inherits_no_descriptor_and_costs_no_answer()
    {
        using var stop = new CancellationTokenSource();
        var load = new Load(Loop, NewClient(slots: 4), Server, isSmall: true);
        Task running = load.RunUntilAsync(callers: 8, stop.Token);
        for (int i = 0; i < Children; i++)
        {
            Assert.That(ListOfChild(), Is.SubsetOf(_given));
        }

        await load.GetsOnAsync(running);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.That(load.Failures, Is.Empty);
    }

    /// <summary>Those descriptors of a child that are of a kind which loops have.</summary>
    private static string[] ListOfChild() =>
    [
        .. from line in _list.Run("-l", "/proc/self/fd").Split('\n')
           where line.Contains("-> socket:", StringComparison.Ordinal) || line.Contains("-> anon_inode:", StringComparison.Ordinal)
           select line.Split("-> ")[1],
    ];
}
