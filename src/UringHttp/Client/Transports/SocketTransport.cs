namespace UringHttp;

/// <summary>Bytes straight to and from a socket: plain http.</summary>
internal sealed class SocketTransport(UringSocket socket) : Transport(socket.Loop)
{
    internal override bool IsClosing => socket.IsClosing;

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken token) => socket.ReceiveAsync(buffer, token);

    internal override ValueTask<int> ReceiveLaterAsync(Memory<byte> buffer) => socket.ReceiveLaterAsync(buffer);

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token) => socket.SendAsync(bytes, token);

    internal override void Watch(SocketPoll poll) => socket.Poll(poll);

    internal override void Abort() => socket.Dispose();

    internal override void WhenClosed(Action action) => socket.WhenClosed(action);
}
