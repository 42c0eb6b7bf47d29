using NUnit.Framework;

namespace UringHttp.Tests.Client;

/// <summary>Where the code that uses the client runs.</summary>
internal enum Caller
{
    /// <summary>On the loop's thread.</summary>
    Loop,

    /// <summary>On the thread pool.</summary>
    Pool,
}

/// <summary>Every test of the client runs on both backends, called on the loop and from the thread pool.</summary>
internal sealed class ClientCases : TestFixtureData
{
    private ClientCases(UringBackend backend, Caller caller)
        : base(backend, caller)
    {
    }

    internal static IEnumerable<TestFixtureData> All =>
        from backend in new[] { UringBackend.IoUring, UringBackend.Epoll }
        from caller in new[] { Caller.Loop, Caller.Pool }
        select new ClientCases(backend, caller);
}

/// <summary>
/// A loop and a handler for each test. Afterwards nothing may be left of them: no operation, no block, no descriptor, no exception
/// that nobody saw.
/// </summary>
internal abstract class ClientFixture(UringBackend backend, Caller caller)
{
    /// <summary>Far beyond what any step takes on a busy machine; reached only by a hang.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<Exception> _unhandled = [];
    private readonly List<IDisposable> _owned = [];

    protected UringLoop Loop { get; private set; } = null!;

    protected UringBackend Backend => backend;

    protected Caller Caller => caller;

    [SetUp]
    public void MakeLoop()
    {
        if (backend == UringBackend.IoUring && UringCapabilities.Probe() is { WhyNotIoUring: { } reason })
        {
            Assert.Ignore($"io_uring is not available here: {reason}");
        }

        _unhandled.Clear();
        Loop = new UringLoop(new UringLoopOptions { Backend = backend });
        Loop.UnhandledException += (_, e) => _unhandled.Add((Exception)e.ExceptionObject);
    }

    [TearDown]
    public async Task NothingIsLeft()
    {
        if (Loop is null)
        {
            return;
        }

        foreach (IDisposable owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        _owned.Clear();

        // An exchange that was broken off ends a few turns later; what is still there then is a leak.
        await UntilAsync(left => left is { BlocksRented: 0, OpenDescriptors: 0 });
        Loop.Dispose();
        UringLoopCounters left = Loop.Counters;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(left.OperationsInFlight, Is.Zero, "operations in flight");
            Assert.That(left.BlocksRented, Is.Zero, "blocks rented");
            Assert.That(left.OpenDescriptors, Is.Zero, "open descriptors");
            Assert.That(left.StaleCompletions, Is.Zero, "stale completions");
            Assert.That(_unhandled, Is.Empty, "exceptions that nobody saw");
        }
    }

    /// <summary>A client on a new handler; both end with the test.</summary>
    protected HttpClient NewClient(UringHttpHandlerOptions? options = null)
    {
        var client = new HttpClient(new UringHttpHandler(Loop, options));
        _owned.Add(client);
        return client;
    }

    /// <summary>Runs a test's code where this fixture's caller is, and gives up on it only when it hangs.</summary>
    protected async Task CallAsync(Func<Task> code)
    {
        try
        {
            await (caller == Caller.Loop ? Loop.RunAsync(code) : Task.Run(code)).WaitAsync(Patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"This hangs ({backend}, {caller}): {Loop.Counters}", e);
        }
    }

    /// <inheritdoc cref="CallAsync(Func{Task})"/>
    protected Task<T> CallAsync<T>(Func<Task<T>> code) =>
        (caller == Caller.Loop ? Loop.RunAsync(code) : Task.Run(code)).WaitAsync(Patience);

    /// <summary>Turns the loop until the condition holds; gives up on it only when it hangs.</summary>
    protected async Task UntilAsync(Func<UringLoopCounters, bool> condition)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!condition(Loop.Counters) && Environment.TickCount64 < end)
        {
            await Loop.RunAsync(() => Task.CompletedTask);
        }

        Assert.That(condition(Loop.Counters), Is.True, $"this never came to hold: {Loop.Counters}");
    }

    /// <summary>Compares long bodies without a comparison object for each byte.</summary>
    protected static void AssertSame(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        Assert.That(actual.CommonPrefixLength(expected), Is.EqualTo(expected.Length), "the first byte that differs");
    }
}
