namespace UringHttp;

/// <summary>Opens the native ring that the options, or the environment, ask for.</summary>
internal static class RingFactory
{
    /// <summary>Decides for <see cref="UringBackend.Auto"/>; an option that names a backend goes before it.</summary>
    internal const string BackendVariable = "URINGHTTP_BACKEND";

    internal static IRing Open(UringLoopOptions options)
    {
        UringBackend backend = options.Backend == UringBackend.Auto ? ReadEnvironment() : options.Backend;
        var config = new RingConfig
        {
            Backend = backend,
            SubmissionEntries = (uint)options.SubmissionEntries,
            CompletionEntries = (uint)options.CompletionEntries,
        };
        int result = NativeRing.Open(config, out RingInfo info, out NativeRing? ring);
        return ring ?? throw Explain(backend, info, -result);
    }

    private static UringBackend ReadEnvironment()
    {
        string? value = Environment.GetEnvironmentVariable(BackendVariable);
        return value?.ToLowerInvariant() switch
        {
            null or "" or "auto" => UringBackend.Auto,
            "io_uring" or "iouring" => UringBackend.IoUring,
            "epoll" => UringBackend.Epoll,
            _ => throw new ArgumentException(
                $"The environment variable {BackendVariable} is '{value}'. It may be io_uring, epoll or auto."),
        };
    }

    private static PlatformNotSupportedException Explain(UringBackend backend, in RingInfo info, int errno)
    {
        var cause = new UringException(errno, "ring open");
        return backend == UringBackend.IoUring
            ? new PlatformNotSupportedException(
                $"io_uring was asked for and is not available: {UringCapabilities.ExplainRefusal(info)}. " +
                "UringBackend.Auto (or Epoll) works without it.",
                cause)
            : new PlatformNotSupportedException($"No ring could be opened: {Errno.Describe(errno)}.", cause);
    }
}
