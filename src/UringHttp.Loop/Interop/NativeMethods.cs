using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>
/// The exports of native/uringhttp.h that the library calls. All are ordinary P/Invokes on blittable arguments:
/// <see cref="RingEnter"/> may block, so none of its callers may suppress the GC transition.
/// </summary>
internal static unsafe partial class NativeMethods
{
    internal const uint AbiVersion = 1;

    private const string Library = "uringhttp";

    [LibraryImport(Library, EntryPoint = "uh_abi_version")]
    internal static partial uint GetAbiVersion();

    [LibraryImport(Library, EntryPoint = "uh_ring_open")]
    internal static partial int RingOpen(in RingConfig config, out RingInfo info, out nint ring);

    [LibraryImport(Library, EntryPoint = "uh_ring_enter")]
    internal static partial int RingEnter(
        nint ring, Submission* submissions, uint count, out uint accepted, Completion* completions, uint capacity, long timeout);

    [LibraryImport(Library, EntryPoint = "uh_ring_wake")]
    internal static partial int RingWake(nint ring);

    [LibraryImport(Library, EntryPoint = "uh_ring_close")]
    internal static partial int RingClose(nint ring);

    [LibraryImport(Library, EntryPoint = "uh_socket_open")]
    internal static partial int SocketOpen(nint ring, int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "uh_socket_bind")]
    internal static partial int SocketBind(int descriptor, byte* address, uint length);

    [LibraryImport(Library, EntryPoint = "uh_socket_listen")]
    internal static partial int SocketListen(int descriptor, int backlog);

    [LibraryImport(Library, EntryPoint = "uh_socket_set_option")]
    internal static partial int SocketSetOption(int descriptor, int level, int name, void* value, uint length);

    [LibraryImport(Library, EntryPoint = "uh_socket_local_name")]
    internal static partial int SocketLocalName(int descriptor, byte* address, ref uint length);

    [LibraryImport(Library, EntryPoint = "uh_socket_peer_name")]
    internal static partial int SocketPeerName(int descriptor, byte* address, ref uint length);

    /// <remarks>Never blocks, but copies up to the length: too long to hold up a collection.</remarks>
    [LibraryImport(Library, EntryPoint = "uh_socket_receive")]
    internal static partial int SocketReceive(int descriptor, byte* memory, uint length);

    [LibraryImport(Library, EntryPoint = "uh_socket_close")]
    internal static partial int SocketClose(int descriptor);
}
