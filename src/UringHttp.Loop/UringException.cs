using System.Net;

namespace UringHttp;

/// <summary>
/// An operation that the kernel refused or ended: which one, on which endpoint, and the errno in words.
/// </summary>
public sealed class UringException : IOException
{
    /// <summary>Makes an exception for an errno.</summary>
    /// <param name="errno">The error number, positive, as in errno(3).</param>
    /// <param name="operation">What was tried: "connect", "receive", ...</param>
    /// <param name="endpoint">The endpoint it was tried on, where there is one.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public UringException(int errno, string operation, EndPoint? endpoint = null, Exception? innerException = null)
        : base(Compose(errno, operation, endpoint), innerException)
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

    private static string Compose(int errno, string operation, EndPoint? endpoint) => endpoint is null
        ? $"{operation} failed with {UringHttp.Errno.Describe(errno)}."
        : $"{operation} on {endpoint} failed with {UringHttp.Errno.Describe(errno)}.";
}
