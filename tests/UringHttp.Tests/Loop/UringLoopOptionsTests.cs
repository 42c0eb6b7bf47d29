using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class UringLoopOptionsTests(UringBackend backend)
{
    private const string Variable = "URINGHTTP_BACKEND";

    [OneTimeSetUp]
    public void Prepare() => LoopFixture.RequireBackend(backend);

    [TestCase(nameof(UringLoopOptions.SubmissionEntries), 0, "1 to 32,768")]
    [TestCase(nameof(UringLoopOptions.SubmissionEntries), 32_769, "1 to 32,768")]
    [TestCase(nameof(UringLoopOptions.CompletionEntries), 1, "SubmissionEntries")]
    [TestCase(nameof(UringLoopOptions.CompletionEntries), 32_769, "at most 32,768")]
    [TestCase(nameof(UringLoopOptions.MaxBlockMemory), 1024L, "1 MiB")]
    [TestCase(nameof(UringLoopOptions.Backend), (UringBackend)7, "Auto, IoUring or Epoll")]
    public void A_bad_value_is_refused_by_name_with_what_is_right(string property, object value, string hint)
    {
        var options = new UringLoopOptions { Backend = backend };
        typeof(UringLoopOptions).GetProperty(property)!.SetValue(options, value);
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => new UringLoop(options).Dispose())!;
        Assert.That(e.ParamName, Is.EqualTo(property));
        Assert.That(e.Message, Does.Contain(property).And.Contain(hint));
    }

    [TestCase(nameof(UringLoopOptions.SpinBeforeWait), -1, "negative")]
    [TestCase(nameof(UringLoopOptions.SlowTurnLimit), 0, "greater than zero")]
    public void A_bad_time_is_refused_by_name_with_what_is_right(string property, int milliseconds, string hint) =>
        A_bad_value_is_refused_by_name_with_what_is_right(property, TimeSpan.FromMilliseconds(milliseconds), hint);

    [Test]
    public void A_missing_thread_name_is_refused()
    {
        var options = new UringLoopOptions { Backend = backend, ThreadName = null! };
        Assert.That(Assert.Throws<ArgumentNullException>(() => new UringLoop(options).Dispose())!.ParamName, Is.EqualTo("ThreadName"));
    }

    [TestCase(1, 1)]
    [TestCase(3, 5)]
    [TestCase(32_768, 32_768)]
    [TestCase(8, 32_768)]
    public async Task The_sizes_at_the_ends_of_the_range_work(int submissions, int completions)
    {
        var options = new UringLoopOptions { Backend = backend, SubmissionEntries = submissions, CompletionEntries = completions };
        using var loop = new UringLoop(options);
        Assert.That(await loop.RunAsync(() => Task.FromResult(1)).Soon(), Is.EqualTo(1));
        Assert.That(loop.Capabilities.SubmissionEntries, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task The_options_are_read_once()
    {
        var options = new UringLoopOptions { Backend = backend, ThreadName = "before" };
        using var loop = new UringLoop(options);
        options.ThreadName = "after";
        options.Backend = (UringBackend)99;
        Assert.That(await loop.RunAsync(() => Task.FromResult(Thread.CurrentThread.Name)).Soon(), Is.EqualTo("before"));
    }

    [Test]
    public async Task Spinning_is_refused_without_a_core_to_spare_and_works_otherwise()
    {
        var spinning = new UringLoopOptions { Backend = backend, SpinBeforeWait = TimeSpan.FromMilliseconds(5) };
        var others = Enumerable.Range(0, Environment.ProcessorCount - 1).Select(_ => new UringLoop()).ToList();
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => new UringLoop(spinning).Dispose())!;
        Assert.That(e.Message, Does.Contain("UringLoopOptions.SpinBeforeWait").And.Contain($"{Environment.ProcessorCount} cores"));
        if (Environment.ProcessorCount < 2)
        {
            Assert.Ignore("One core: no loop may spin.");
        }

        others[0].Dispose(); // now this one makes it one fewer than there are cores
        using var loop = new UringLoop(spinning);
        for (var i = 0; i < 100; i++)
        {
            Assert.That(await loop.RunAsync(() => Task.FromResult(i)).Soon(), Is.EqualTo(i));
        }

        using var pair = await SocketPair.ConnectAsync(loop);
        pair.Far.Send([1]);
        Assert.That(await pair.Near.ReceiveAsync(new byte[1]).Soon(), Is.EqualTo(1));
        others.ForEach(loop => loop.Dispose());
    }

    [TestCase("epoll", UringBackend.Epoll)]
    [TestCase("EPOLL", UringBackend.Epoll)]
    [TestCase("io_uring", UringBackend.IoUring)]
    public void The_environment_decides_where_the_options_do_not(string value, UringBackend expected) => WithVariable(value, () =>
    {
        LoopFixture.RequireBackend(expected);
        using var auto = new UringLoop();
        using var named = new UringLoop(new UringLoopOptions { Backend = backend });
        Assert.That((auto.Backend, named.Backend), Is.EqualTo((expected, backend)));
        Assert.That(UringCapabilities.Probe().Backend, Is.EqualTo(expected), "the probe tells what a loop would get");
        Assert.That(auto.Capabilities.WhyNotIoUring is null, Is.EqualTo(expected == UringBackend.IoUring));
    });

    [Test]
    public void An_unknown_value_in_the_environment_is_an_error_that_names_it() => WithVariable("kqueue", () =>
    {
        var e = Assert.Throws<ArgumentException>(() => new UringLoop().Dispose())!;
        Assert.That(e.Message, Does.Contain(Variable).And.Contain("kqueue").And.Contain("io_uring, epoll or auto"));
    });

    [Test]
    public void A_loop_that_could_not_be_made_does_not_count()
    {
        if (Environment.ProcessorCount < 2)
        {
            Assert.Ignore("One core: no loop may spin.");
        }

        var others = Enumerable.Range(0, Environment.ProcessorCount - 2).Select(_ => new UringLoop()).ToList();
        for (var i = 0; i < 100; i++)
        {
            WithVariable("kqueue", () => Assert.Throws<ArgumentException>(() => new UringLoop().Dispose()));
            using var last = new UringLoop(new UringLoopOptions { Backend = backend, SpinBeforeWait = TimeSpan.FromTicks(1) });
        }

        others.ForEach(loop => loop.Dispose());
    }

    /// <summary>No other test runs meanwhile: the tests of this assembly are not parallel.</summary>
    private static void WithVariable(string value, Action test)
    {
        var before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, value);
        try
        {
            test();
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }
}
