using System.Net.Sockets;

namespace UringHttp.Simulation;

/// <summary>How a request can end for its caller. A set, where several would be right.</summary>
[Flags]
internal enum Ending
{
    None = 0,

    /// <summary>An answer, read to its end or as far as the caller wanted.</summary>
    Answered = 1 << 0,

    /// <summary>The caller's own cancellation.</summary>
    Cancelled = 1 << 1,

    /// <summary>A limit of time.</summary>
    TimedOut = 1 << 2,

    /// <summary>No connection.</summary>
    CannotConnect = 1 << 3,

    /// <summary>The peer closed before the end of its answer.</summary>
    CutShort = 1 << 4,

    /// <summary>The peer broke a rule, or a limit.</summary>
    Invalid = 1 << 5,

    /// <summary>The connection failed: a reset, or an error of the kernel's.</summary>
    Failed = 1 << 6,

    /// <summary>Handler or loop were disposed.</summary>
    Disposed = 1 << 7,

    /// <summary>There was no block of memory.</summary>
    NoMemory = 1 << 8,

    /// <summary>Nothing that is ever right.</summary>
    Wrong = 1 << 9,
}

/// <summary>Tells an exception's ending.</summary>
internal static class Endings
{
    public static Ending Of(Exception failure) => failure switch
    {
        OperationCanceledException { InnerException: TimeoutException } => Ending.TimedOut,
        OperationCanceledException => Ending.Cancelled,
        ObjectDisposedException => Ending.Disposed,
        HttpRequestException e => Of(e.HttpRequestError, e.InnerException),
        HttpIOException e => Of(e.HttpRequestError, e.InnerException),
        UringException { Errno: Errno.ENOBUFS } => Ending.NoMemory,
        _ => Ending.Wrong,
    };

    private static Ending Of(HttpRequestError error, Exception? cause) => error switch
    {
        HttpRequestError.ConnectionError => cause is UringException or SocketException ? Ending.CannotConnect : Ending.Wrong,
        HttpRequestError.ResponseEnded => Ending.CutShort,
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => Ending.Invalid,
        HttpRequestError.Unknown when cause is UringException { Errno: Errno.ENOBUFS } e
            && e.Message.Contains("rent", StringComparison.Ordinal) => Ending.NoMemory,
        HttpRequestError.Unknown when cause is HttpIOException or HttpRequestException => Of(cause),
        HttpRequestError.Unknown when cause is UringException => Ending.Failed,
        HttpRequestError.Unknown when cause is ObjectDisposedException => Ending.Failed | Ending.Disposed,
        _ => Ending.Wrong,
    };
}
