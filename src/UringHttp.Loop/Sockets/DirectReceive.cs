namespace UringHttp;

/// <summary>
/// Receives on a thread that is not the loop's. What is there needs nobody to wait for it, and the way to the loop and back costs more
/// than most reads. Nothing is in flight meanwhile, but the descriptor must stay the socket's. A mutable struct: keep it in a field.
/// </summary>
/// <remarks>
/// Who receives says so and then looks whether the socket closes; who closes says so and then looks whether somebody receives. Between
/// either's two steps stands a full fence, so at least one of them sees the other: the receiver keeps off, or the closer leaves the rest
/// to the receiver.
/// </remarks>
internal struct DirectReceive
{
    private int _isUnderWay;

    /// <summary>True while a thread has the descriptor. Asked by the loop after the closing has begun.</summary>
    internal readonly bool IsUnderWay => Volatile.Read(in _isUnderWay) != 0;

    /// <summary>Receives what is there.</summary>
    /// <returns>The number of bytes, or minus an errno: EAGAIN when there is nothing, or when it is to be tried by the loop.</returns>
    /// <exception cref="InvalidOperationException">Another thread receives.</exception>
    internal int Receive(UringSocket socket, int descriptor, Span<byte> destination)
    {
        LoopCore loop = socket.Loop.Core;
        if (!loop.Guests.TryEnter())
        {
            return -Errno.EAGAIN;
        }

        try
        {
            if (Interlocked.Exchange(ref _isUnderWay, 1) != 0)
            {
                throw SocketOperation.NewBusyException("receive");
            }

            int result = socket.IsClosing ? -Errno.EAGAIN : loop.Ring.ReceiveNow(descriptor, destination);
            Interlocked.Exchange(ref _isUnderWay, 0);
            if (socket.IsClosing)
            {
                socket.OnDirectReceiveLeft();
            }

            return result;
        }
        finally
        {
            loop.Guests.Leave();
        }
    }
}
