using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>What a ring turned out to be: <c>struct uh_ring_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingInfo
{
    public UringBackend Backend;
    public RingStage Stage;
    public int IoUringError;
    public RingFeatures Features;
    public uint SetupFlags;
    public uint KernelFeatures;
    public uint SubmissionEntries;
    public uint CompletionEntries;
}

/// <summary>How the ring should be: <c>struct uh_ring_config</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingConfig
{
    public UringBackend Backend;
    public uint SubmissionEntries;
    public uint CompletionEntries;
    public uint Reserved;
}

/// <summary>How far opening an io_uring got before it was refused.</summary>
internal enum RingStage : uint
{
    NotTried = 0,
    Setup = 1,
    Features = 2,
    Map = 3,
    Probe = 4,
    SelfTest = 5,
    Works = 6,
}

[Flags]
internal enum RingFeatures : uint
{
    None = 0,
    MultishotAccept = 1 << 0,
    PollFirst = 1 << 1,
    CancelAny = 1 << 2,
    SubmitAll = 1 << 3,
    CooperativeTaskRun = 1 << 4,
    TaskRunFlag = 1 << 5,
    SingleIssuer = 1 << 6,
    DeferTaskRun = 1 << 7,
    NoSubmissionArray = 1 << 8,
    RegisteredRing = 1 << 9,
    SendZeroCopy = 1 << 10,
}
