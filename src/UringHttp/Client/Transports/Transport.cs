using System.Security.Authentication.ExtendedProtection;

namespace UringHttp;

/// <summary>
/// What the bytes of a connection go through: a socket of the loop, or streams on top of one. One receive and one send at a time.
/// What is called on the loop resumes on the loop; what is called elsewhere, on the thread pool.
/// </summary>
internal abstract class Transport(UringLoop loop)
{
    internal UringLoop Loop { get; } = loop;

    /// <summary>True from the first <see cref="Abort"/> on.</summary>
    internal abstract bool IsClosing { get; }

    /// <summary>Whether <see cref="Watch"/> can be had: not every stream of a user's says when something is there.</summary>
    internal virtual bool CanWaitReadable => true;

    /// <summary>What names the TLS connection to the other side, for who wants to bind a proof to it; null without TLS.</summary>
    internal virtual ChannelBinding? ChannelBinding => null;

    /// <summary>Receives what is there, waiting for the first byte; 0 at the end of the stream. The memory is held until then.</summary>
    internal abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken token);

    /// <summary>As <see cref="ReceiveAsync"/>, for a moment when nothing can have arrived.</summary>
    internal abstract ValueTask<int> ReceiveLaterAsync(Memory<byte> buffer);

    /// <summary>Sends all of the bytes. They are held until it ends.</summary>
    internal abstract ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token);

    /// <summary>
    /// Tells the poll, once, when there is something to receive: bytes, the end, an error. A receive may follow before that. Loop thread.
    /// </summary>
    internal abstract void Watch(SocketPoll poll);

    /// <summary>Ends what is in flight, and closes. Any thread.</summary>
    internal abstract void Abort();

    /// <summary>Calls back on the loop when all is closed and nobody has the memory any more that was lent to it. Loop thread.</summary>
    internal abstract void WhenClosed(Action action);
}
