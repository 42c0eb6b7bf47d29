namespace UringHttp;

/// <summary>How a <see cref="UringLoop"/> is made. Read once, by the loop's constructor.</summary>
public sealed class UringLoopOptions
{
#if DEBUG
    // Debug makes rare paths common: a ring this small is full all the time.
    private const int DefaultSubmissionEntries = 8;
#else
    private const int DefaultSubmissionEntries = 256;
#endif

    /// <summary>
    /// Which kernel interface to use. Default <see cref="UringBackend.Auto"/>. Naming one that the system refuses makes the
    /// constructor throw <see cref="PlatformNotSupportedException"/> with the reason.
    /// </summary>
    public UringBackend Backend { get; set; } = UringBackend.Auto;

    /// <summary>The name of the loop's thread, as debuggers and <c>ps</c> show it. Default <c>uring</c>.</summary>
    public string ThreadName { get; set; } = "uring";

    /// <summary>Submissions the kernel takes at once: 1 to 32,768, rounded up to a power of two. Default 256 (8 in Debug builds).</summary>
    public int SubmissionEntries { get; set; } = DefaultSubmissionEntries;

    /// <summary>
    /// Completions the kernel can hold before it has to allocate: at least <see cref="SubmissionEntries"/>, at most 32,768; rounded
    /// up to a power of two. Default 4,096.
    /// </summary>
    public int CompletionEntries { get; set; } = 4096;

    /// <summary>
    /// The most pinned memory that the loop's blocks may take, in bytes, for each of the two block sizes (16 KiB and 64 KiB).
    /// Default 1 GiB. An exchange that needs a block beyond it fails with ENOBUFS.
    /// </summary>
    public long MaxBlockMemory { get; set; } = 1024L * 1024 * 1024;

    /// <summary>
    /// Pinned memory that the loop takes at once for the blocks of one size, in bytes. Default 1 MiB. The simulation takes less, for a
    /// few requests on each of its many loops.
    /// </summary>
    internal int SlabSize { get; init; } = 1024 * 1024;

    /// <summary>Where that memory comes from. Default: from the garbage collector.</summary>
    internal PinnedSource PinnedSource { get; init; } = PinnedSource.Collector;

    /// <summary>
    /// How long an idle loop polls before it blocks. Default zero: it blocks at once. A spinning loop answers in a third of the time
    /// and takes a core for itself. So the constructor refuses it (<see cref="ArgumentOutOfRangeException"/>) unless all loops of the
    /// process, this one included and whether they spin or not, are fewer than its cores (<see cref="Environment.ProcessorCount"/>).
    /// That is checked once: loops that are made later without spinning do not count against it.
    /// </summary>
    public TimeSpan SpinBeforeWait { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// A turn that takes longer is counted in <see cref="UringLoopCounters.SlowTurns"/>: some continuation has blocked the loop.
    /// Default 100 ms.
    /// </summary>
    public TimeSpan SlowTurnLimit { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Checks now what the loop checks when it is made.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it and the range.</exception>
    /// <exception cref="ArgumentNullException"><see cref="ThreadName"/> is null.</exception>
    public void Validate() => Validated();

    internal UringLoopOptions Validated()
    {
        if (!Enum.IsDefined(Backend))
        {
            throw new ArgumentOutOfRangeException(nameof(Backend), Backend, "Backend must be Auto, IoUring or Epoll.");
        }

        ArgumentNullException.ThrowIfNull(ThreadName);
        Check(SubmissionEntries is >= 1 and <= 32_768, nameof(SubmissionEntries), SubmissionEntries, "must be 1 to 32,768");
        Check(
            CompletionEntries >= SubmissionEntries && CompletionEntries <= 32_768,
            nameof(CompletionEntries),
            CompletionEntries,
            "must be at least SubmissionEntries and at most 32,768");
        Check(MaxBlockMemory >= SlabSize, nameof(MaxBlockMemory), MaxBlockMemory, "must be at least 1 MiB (1,048,576 bytes)");
        Check(SpinBeforeWait >= TimeSpan.Zero, nameof(SpinBeforeWait), SpinBeforeWait, "must not be negative");
        Check(SlowTurnLimit > TimeSpan.Zero, nameof(SlowTurnLimit), SlowTurnLimit, "must be greater than zero");
        return (UringLoopOptions)MemberwiseClone();
    }

    private static void Check(bool holds, string property, object value, string rule)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(property, value, $"UringLoopOptions.{property} {rule}.");
        }
    }
}
