using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>The 32 bytes that we ask with: <c>struct uh_submission</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Submission
{
    public ulong Token;
    public ulong Address;
    public uint Length;
    public int Descriptor;
    public OperationKind Kind;
    public SubmissionFlags Flags;
    public ushort Group;
    public uint Extra;
}

[Flags]
internal enum SubmissionFlags : byte
{
    None = 0,

    /// <summary>Accept: go on accepting.</summary>
    Multishot = 1 << 0,

    /// <summary>Receive: nothing is expected to be there yet, so wait before trying.</summary>
    PollFirst = 1 << 1,
}
