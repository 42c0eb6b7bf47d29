using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>The 16 bytes that the kernel answers with: <c>struct uh_completion</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Completion
{
    public ulong Token;
    public int Result;
    public CompletionFlags Flags;
}

[Flags]
internal enum CompletionFlags : uint
{
    None = 0,

    /// <summary>The operation will complete again: this is not its terminal completion.</summary>
    More = 1 << 0,

    /// <summary>Receive: the socket holds more than was asked for.</summary>
    NonEmpty = 1 << 1,
}
