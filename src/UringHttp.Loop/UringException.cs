using System.Net;
using System.Net.Sockets;

namespace UringHttp;

/// <summary>
/// An operation that the kernel refused or ended: which one, on which endpoint, and the errno in words. Its
/// <see cref="Exception.InnerException"/> is a <see cref="SocketException"/> with the matching <see cref="SocketError"/>, for code that
/// looks for that.
/// </summary>
public sealed class UringException : IOException
{
    /// <summary>Makes an exception for an errno.</summary>
    /// <param name="errno">The error number, positive, as in errno(3).</param>
    /// <param name="operation">What was tried: "connect", "receive", ...</param>
    /// <param name="endpoint">The endpoint it was tried on, where there is one.</param>
    /// <param name="innerException">The cause; null makes it a <see cref="SocketException"/> for the same errno.</param>
    public UringException(int errno, string operation, EndPoint? endpoint = null, Exception? innerException = null)
        : base(Compose(errno, operation, endpoint), innerException ?? ToSocketException(errno))
    {
        Errno = errno;
        Operation = operation;
        EndPoint = endpoint;
    }

    /// <summary>The error number, positive, as in errno(3).</summary>
    public int Errno { get; }

    /// <summary>What was tried: "connect", "receive", ...</summary>
    public string Operation { get; }

    /// <summary>The endpoint it was tried on; null where there is none.</summary>
    public EndPoint? EndPoint { get; }

    private static SocketException ToSocketException(int errno) =>
        new((int)UringHttp.Errno.ToSocketError(errno), UringHttp.Errno.Describe(errno));

    private static string Compose(int errno, string operation, EndPoint? endpoint) => endpoint is null
        ? $"{operation} failed with {UringHttp.Errno.Describe(errno)}."
        : $"{operation} on {endpoint} failed with {UringHttp.Errno.Describe(errno)}.";
}
