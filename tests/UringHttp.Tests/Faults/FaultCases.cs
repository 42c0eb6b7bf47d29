namespace UringHttp.Tests.Faults;

/// <summary>Every fault is met on both backends; its callers are on the loop and off it.</summary>
internal static class FaultCases
{
    internal static UringBackend[] All => [UringBackend.IoUring, UringBackend.Epoll];
}
