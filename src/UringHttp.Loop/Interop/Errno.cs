using System.Net.Sockets;

namespace UringHttp;

/// <summary>The error numbers of Linux that the library meets, and what they mean to a person. Errno becomes words here only.</summary>
internal static class Errno
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int EIO = 5;
    internal const int EBADF = 9;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int EEXIST = 17;
    internal const int EINVAL = 22;
    internal const int ENFILE = 23;
    internal const int EMFILE = 24;
    internal const int EPIPE = 32;
    internal const int ENOSYS = 38;
    internal const int EBADR = 53;
    internal const int EOPNOTSUPP = 95;
    internal const int EAFNOSUPPORT = 97;
    internal const int EADDRINUSE = 98;
    internal const int EADDRNOTAVAIL = 99;
    internal const int ENETUNREACH = 101;
    internal const int ECONNABORTED = 103;
    internal const int ECONNRESET = 104;
    internal const int ENOBUFS = 105;
    internal const int ENOTCONN = 107;
    internal const int ETIMEDOUT = 110;
    internal const int ECONNREFUSED = 111;
    internal const int EHOSTUNREACH = 113;
    internal const int EALREADY = 114;
    internal const int ECANCELED = 125;

    /// <summary>"ECONNREFUSED (111): nothing listens at that address".</summary>
    internal static string Describe(int errno)
    {
        (string name, string words) = Look(errno);
        return $"{name} ({errno}): {words}";
    }

    /// <summary>What System.Net.Sockets calls it.</summary>
    internal static SocketError ToSocketError(int errno) => errno switch
    {
        EPERM or EACCES => SocketError.AccessDenied,
        ENOENT or EADDRNOTAVAIL => SocketError.AddressNotAvailable,
        EBADF or ECANCELED => SocketError.OperationAborted,
        ENOMEM or ENOBUFS => SocketError.NoBufferSpaceAvailable,
        EINVAL => SocketError.InvalidArgument,
        ENFILE or EMFILE => SocketError.TooManyOpenSockets,
        EPIPE => SocketError.Shutdown,
        ENOSYS or EOPNOTSUPP => SocketError.OperationNotSupported,
        EAFNOSUPPORT => SocketError.AddressFamilyNotSupported,
        EADDRINUSE => SocketError.AddressAlreadyInUse,
        ENETUNREACH => SocketError.NetworkUnreachable,
        ECONNABORTED => SocketError.ConnectionAborted,
        ECONNRESET => SocketError.ConnectionReset,
        ENOTCONN => SocketError.NotConnected,
        ETIMEDOUT => SocketError.TimedOut,
        ECONNREFUSED => SocketError.ConnectionRefused,
        EHOSTUNREACH => SocketError.HostUnreachable,
        EALREADY => SocketError.AlreadyInProgress,
        _ => SocketError.SocketError,
    };

    private static (string Name, string Words) Look(int errno) => errno switch
    {
        EPERM => ("EPERM", "the system does not permit it"),
        ENOENT => ("ENOENT", "no such file or address"),
        EIO => ("EIO", "the device or file failed"),
        EBADF => ("EBADF", "the descriptor is not open"),
        ENOMEM => ("ENOMEM", "the kernel is out of memory, or a memory limit (RLIMIT_MEMLOCK, cgroup) is reached"),
        EACCES => ("EACCES", "permission denied"),
        EEXIST => ("EEXIST", "it was called on a thread that does not own the ring"),
        EINVAL => ("EINVAL", "an argument is not valid"),
        ENFILE => ("ENFILE", "the system is out of file descriptors"),
        EMFILE => ("EMFILE", "the process is out of file descriptors (raise RLIMIT_NOFILE)"),
        EPIPE => ("EPIPE", "the connection was closed for sending"),
        ENOSYS => ("ENOSYS", "the kernel does not have this call"),
        EBADR => ("EBADR", "the kernel lost a completion for lack of memory"),
        EOPNOTSUPP => ("EOPNOTSUPP", "the kernel does not support this operation"),
        EAFNOSUPPORT => ("EAFNOSUPPORT", "this address family is not available here"),
        EADDRINUSE => ("EADDRINUSE", "the address is in use"),
        EADDRNOTAVAIL => ("EADDRNOTAVAIL", "the address is not one of this machine, or it is out of ports"),
        ENETUNREACH => ("ENETUNREACH", "no route to that network"),
        ECONNABORTED => ("ECONNABORTED", "the connection was aborted on this side"),
        ECONNRESET => ("ECONNRESET", "the peer reset the connection"),
        ENOBUFS => ("ENOBUFS", "no buffer is free"),
        ENOTCONN => ("ENOTCONN", "the socket is not connected"),
        ETIMEDOUT => ("ETIMEDOUT", "the peer did not answer in the kernel's time"),
        ECONNREFUSED => ("ECONNREFUSED", "nothing listens at that address"),
        EHOSTUNREACH => ("EHOSTUNREACH", "no route to that host"),
        EALREADY => ("EALREADY", "it is under way already"),
        ECANCELED => ("ECANCELED", "it was cancelled"),
        _ => ("errno", "unexpected; see errno(3)"),
    };
}
