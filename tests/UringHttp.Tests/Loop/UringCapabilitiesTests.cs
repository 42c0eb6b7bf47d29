using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

internal sealed class UringCapabilitiesTests
{
    [Test]
    public void They_print_in_one_line([Values(UringBackend.IoUring, UringBackend.Epoll)] UringBackend backend)
    {
        LoopFixture.RequireBackend(backend);
        using var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        var text = loop.Capabilities.ToString();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.StartWith(backend == UringBackend.IoUring ? "io_uring on Linux " : "epoll on Linux "));
            Assert.That(text, Does.Contain(loop.Capabilities.Kernel).And.Not.Contain("\n"));
            Assert.That(loop.Capabilities.WhyNotIoUring is null, Is.EqualTo(backend == UringBackend.IoUring));
            Assert.That(loop.Capabilities.Features.Count > 0, Is.EqualTo(backend == UringBackend.IoUring));
            Assert.That(loop.Capabilities.Features.All(text.Contains));
        });
    }

    [Test]
    public void Probing_leaves_nothing_behind_on_any_thread()
    {
        var first = UringCapabilities.Probe().ToString();
        var before = OpenFiles.Count();
        Parallel.For(0, 50, _ => Assert.That(UringCapabilities.Probe().ToString(), Is.EqualTo(first)));
        Assert.That(OpenFiles.Count(), Is.EqualTo(before));
    }

    [Test]
    public void A_refusal_is_explained_for_every_step(
        [Values(RingStage.Setup, RingStage.Features, RingStage.Map, RingStage.Probe, RingStage.SelfTest)] RingStage stage,
        [Values(1, 12, 22, 24, 38, 95, 999)] int errno)
    {
        var info = new RingInfo { Backend = UringBackend.Epoll, Stage = stage, IoUringError = errno };
        Assert.That(UringCapabilities.From(info).WhyNotIoUring, Does.Contain($"({errno})").And.Length.GreaterThan(30));
    }
}
