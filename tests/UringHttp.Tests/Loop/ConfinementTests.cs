using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>Loops in a process of their own that the system confines: see tests/UringHttp.Confined.</summary>
internal sealed class ConfinementTests
{
    private const int Setup = 425;
    private const int Enter = 426;
    private const int Eperm = 1;
    private const int Enosys = 38;

    [TestCase(Setup, Eperm, "EPERM (1)", "io_uring_setup was refused")]
    [TestCase(Setup, Enosys, "ENOSYS (38)", "io_uring_setup was refused")]
    [TestCase(Enter, Eperm, "EPERM (1)", "a test operation failed")]
    [TestCase(Enter, Enosys, "ENOSYS (38)", "a test operation failed")]
    public async Task Where_a_filter_refuses_io_uring_epoll_takes_its_place_and_says_why(int call, int errno, string name, string step)
    {
        var report = await ConfinedProcess.RunAsync("seccomp", $"{call}", $"{errno}");
        Assert.Multiple(() =>
        {
            Assert.That(report["backend"], Is.EqualTo("Epoll"));
            Assert.That(report["bytes"], Is.EqualTo("5"), "and works");
            Assert.That(report["why"], Does.Contain(name).And.Contain(step).And.Contain("seccomp").And.Contain("allow io_uring_setup"));
            Assert.That(report["probe"], Does.StartWith("epoll on Linux").And.EndsWith(report["why"]));
            Assert.That(report["by-name"], Does.Contain(report["why"]).And.Contain("UringBackend.Auto"));
        });
    }

    [Test]
    public async Task Without_a_free_descriptor_a_listener_pauses_and_goes_on_later(
        [Values(UringBackend.IoUring, UringBackend.Epoll)] UringBackend backend)
    {
        LoopFixture.RequireBackend(backend);
        var report = await ConfinedProcess.RunAsync("descriptors", $"{backend}");
        Assert.Multiple(() =>
        {
            Assert.That(report["paused"], Is.EqualTo("True"));
            Assert.That(long.Parse(report["turns-per-second"]), Is.InRange(1, 200), "it looks again about 20 times a second");
            Assert.That(report["descriptors"], Is.EqualTo("1"), "the listener's");
        });
    }
}
