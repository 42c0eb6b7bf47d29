using System.Net.Sockets;
using NUnit.Framework;

namespace UringHttp.Tests.Faults;

/// <summary>The ways in which the handler says that a request failed: what its documentation names, and nothing else.</summary>
internal enum FailureKind
{
    /// <summary>No connection came about.</summary>
    NotConnected,

    /// <summary>The server closed the connection before the end of its answer.</summary>
    Ended,

    /// <summary>The connection failed: a reset, say.</summary>
    Broken,

    /// <summary>A limit of time was reached, which the message names.</summary>
    TimedOut,

    /// <summary>The caller's token was cancelled.</summary>
    Cancelled,
}

internal static class FailureKinds
{
    /// <summary>The kind of a failure; one of no kind fails the test.</summary>
    internal static FailureKind Of(Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } when SocketErrorOf(failure) is not null =>
            FailureKind.NotConnected,
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => FailureKind.Ended,
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => FailureKind.Ended,
        HttpRequestException or HttpIOException when SocketErrorOf(failure) is SocketError.ConnectionReset or SocketError.Shutdown =>
            FailureKind.Broken,
        TaskCanceledException { InnerException: TimeoutException } => FailureKind.TimedOut,
        TaskCanceledException { CancellationToken.IsCancellationRequested: true } => FailureKind.Cancelled,
        _ => throw new AssertionException($"This is none of the errors that a fault may lead to: {failure}"),
    };

    /// <summary>What the kernel said, as a socket error; null where it said nothing.</summary>
    internal static SocketError? SocketErrorOf(Exception? failure) => failure switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        _ => SocketErrorOf(failure.InnerException),
    };
}
