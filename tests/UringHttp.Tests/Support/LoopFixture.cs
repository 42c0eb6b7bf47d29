using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>
/// Tests of a loop on one backend. Each test gets a fresh loop; after it, the loop is disposed and must have left nothing behind.
/// </summary>
internal abstract class LoopFixture(UringBackend backend)
{
    private readonly List<UringLoop> _loops = [];
    private readonly ConcurrentQueue<Exception> _unhandled = new();
    private int _filesBefore;

    protected UringBackend Backend => backend;

    /// <summary>The loop of this test.</summary>
    protected UringLoop Loop => _loops[0];

    /// <summary>A test that makes code throw on the loop says how often.</summary>
    protected int ExpectedUnhandled { get; set; }

    /// <summary>What escaped from code run on the loops.</summary>
    protected IReadOnlyCollection<Exception> Unhandled => _unhandled;

    [OneTimeSetUp]
    public async Task Prepare()
    {
        RequireBackend(backend);

        // Makes the runtime open what it opens once and keeps.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        var accept = listener.AcceptSocketAsync();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var server = await accept;
    }

    [SetUp]
    public void BeginLoop()
    {
        ExpectedUnhandled = 0;
        _loops.Clear();
        _unhandled.Clear();
        _filesBefore = OpenFiles.Count();
        NewLoop();
    }

    [TearDown]
    public async Task EndLoops()
    {
        foreach (var loop in _loops)
        {
            await Task.Run(loop.Dispose).Soon("Dispose");
        }

        Assert.Multiple(() =>
        {
            foreach (var loop in _loops)
            {
                Assert.That(loop.Counters.OperationsInFlight, Is.Zero, "operations in flight after the end");
                Assert.That(loop.Counters.BlocksRented, Is.Zero, "blocks rented after the end");
                Assert.That(loop.Counters.OpenDescriptors, Is.Zero, "descriptors open after the end");
                Assert.That(loop.Counters.StaleCompletions, Is.Zero, "completions for operations that had ended");
            }

            var unhandled = _loops.Sum(loop => loop.Counters.UnhandledExceptions);
            Assert.That(unhandled, Is.EqualTo(ExpectedUnhandled), string.Join('\n', _unhandled));
        });
        await Patience.Until(() => OpenFiles.Count() <= _filesBefore, "as many descriptors as before the test");
    }

    /// <summary>Ends the test as ignored where the machine refuses the backend.</summary>
    public static void RequireBackend(UringBackend backend)
    {
        try
        {
            using var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        }
        catch (PlatformNotSupportedException e)
        {
            Assert.Ignore(e.Message);
        }
    }

    /// <summary>Another loop of this backend; it ends with the test.</summary>
    protected UringLoop NewLoop(Action<UringLoopOptions>? configure = null)
    {
        var options = new UringLoopOptions { Backend = backend };
        configure?.Invoke(options);
        var loop = new UringLoop(options);
        loop.UnhandledException += (_, e) => _unhandled.Enqueue((Exception)e.ExceptionObject);
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Runs the code on the loop, or on this thread.</summary>
    protected Task Run(bool onLoop, Func<Task> code) => onLoop ? Loop.RunAsync(code).Soon() : code();
}
