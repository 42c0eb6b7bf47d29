namespace UringHttp;

/// <summary>What stands behind a loop: the kernel interface that gives it its completions.</summary>
public enum UringBackend
{
    /// <summary>
    /// io_uring where it works, else epoll. The environment variable <c>URINGHTTP_BACKEND</c> (<c>io_uring</c> or <c>epoll</c>)
    /// decides instead where it is set.
    /// </summary>
    Auto = 0,

    /// <summary>io_uring, Linux 5.11 or later. Many containers refuse it; <see cref="UringLoop.Capabilities"/> says why.</summary>
    IoUring = 1,

    /// <summary>epoll: works everywhere, with the same behaviour.</summary>
    Epoll = 2,
}
