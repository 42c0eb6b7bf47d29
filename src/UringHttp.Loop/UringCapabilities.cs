using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>What the kernel gives a loop: printable, for logs and bug reports.</summary>
public sealed class UringCapabilities
{
    private const string AllowIt = "allow io_uring_setup, io_uring_enter and io_uring_register, or live with epoll";

    private UringCapabilities(in RingInfo info)
    {
        Backend = info.Backend;
        Kernel = Environment.OSVersion.Version.ToString();
        Features = info.Features == RingFeatures.None || info.Backend != UringBackend.IoUring ? [] : info.Features.ToString().Split(", ");
        SubmissionEntries = (int)info.SubmissionEntries;
        CompletionEntries = (int)info.CompletionEntries;
        WhyNotIoUring = info.Backend == UringBackend.IoUring ? null : ExplainRefusal(info);
    }

    /// <summary>What stands behind the loop; never <see cref="UringBackend.Auto"/>.</summary>
    public UringBackend Backend { get; }

    /// <summary>The kernel's version.</summary>
    public string Kernel { get; }

    /// <summary>The features of io_uring that this ring has; empty with epoll.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>Submissions the kernel takes at once.</summary>
    public int SubmissionEntries { get; }

    /// <summary>Completions the kernel holds without allocating.</summary>
    public int CompletionEntries { get; }

    /// <summary>Why io_uring is not used, in a sentence, and what to do about it; null when it is used.</summary>
    public string? WhyNotIoUring { get; }

    /// <summary>Tells what a loop with <see cref="UringBackend.Auto"/> would get here, leaving nothing behind. Any thread.</summary>
    /// <exception cref="PlatformNotSupportedException">Neither io_uring nor epoll works, or not the one of URINGHTTP_BACKEND.</exception>
    public static UringCapabilities Probe()
    {
        using IRing ring = RingFactory.Open(new UringLoopOptions());
        return new UringCapabilities(ring.Info);
    }

    /// <summary>One line: backend, kernel, features, and why not io_uring.</summary>
    public override string ToString()
    {
        string name = Backend == UringBackend.IoUring ? "io_uring" : "epoll";
        string features = Features.Count == 0 ? string.Empty : $" [{string.Join(' ', Features)}]";
        string reason = WhyNotIoUring is null ? string.Empty : $"; not io_uring: {WhyNotIoUring}";
        return $"{name} on Linux {Kernel} ({RuntimeInformation.ProcessArchitecture}){features}{reason}";
    }

    internal static UringCapabilities From(in RingInfo info) => new(info);

    /// <summary>Says at which step io_uring was refused, by what, and what a person can do.</summary>
    internal static string ExplainRefusal(in RingInfo info)
    {
        string what = info.Stage switch
        {
            RingStage.NotTried => "epoll was asked for (UringLoopOptions.Backend or URINGHTTP_BACKEND)",
            RingStage.Setup => "io_uring_setup was refused",
            RingStage.Features => "the kernel's io_uring is too old (5.11 or later is needed)",
            RingStage.Map => "the queues could not be mapped",
            RingStage.Probe => "the kernel's io_uring lacks an operation that is needed",
            RingStage.SelfTest => "io_uring was set up, but a test operation failed (a sandbox lets only part of it through)",
            _ => "io_uring was refused",
        };
        return info.Stage == RingStage.NotTried ? what : $"{what}: {Errno.Describe(info.IoUringError)}{Advise(info)}";
    }

    private static string Advise(in RingInfo info) => info.IoUringError switch
    {
        Errno.EPERM when ReadDisabledSetting() is { } setting and not "0" =>
            $"; kernel.io_uring_disabled is {setting}: set it to 0, or (for 1) join the group of kernel.io_uring_group",
        Errno.EPERM => $"; a seccomp profile refuses it, as container engines do by default: {AllowIt}",
        Errno.ENOSYS => $"; the kernel was built without it, or a seccomp profile hides it: {AllowIt}",
        Errno.ENOMEM => "; raise RLIMIT_MEMLOCK (ulimit -l)",
        _ => string.Empty,
    };

    private static string? ReadDisabledSetting()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/io_uring_disabled").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // kernels before 6.6 have no such setting
        }
    }
}
