namespace UringHttp;

/// <summary>
/// Waits until a socket has something to receive, and says so by a call: one small object for all the waits of a socket that is watched
/// while nobody uses it. <see cref="UringSocket.WaitReadableAsync"/> is for those who want to await. Loop thread.
/// </summary>
internal abstract class SocketPoll : Operation
{
    private UringSocket? _socket;

    /// <summary>The wait is over.</summary>
    /// <param name="isClosing">True when nothing can be received: the socket or the loop is closing, or the poll has failed.</param>
    internal abstract void OnReadable(bool isClosing);

    /// <summary>Called by the socket, which has found that it may wait.</summary>
    internal void Begin(UringSocket socket, ref Submission submission)
    {
        _socket = socket;
        socket.OnOperationBegins();
        socket.Loop.Core.Submit(this, ref submission);
    }

    internal override void OnCompletion(int result, CompletionFlags flags)
    {
        UringSocket socket = _socket!;
        _socket = null;
        bool isClosing = result < 0 || socket.IsClosing || socket.Loop.Core.IsStopping;
        socket.OnOperationEnded();
        OnReadable(isClosing);
    }

    internal override void OnLoopStopping() => _socket!.CancelPoll();
}
