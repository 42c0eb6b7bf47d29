namespace UringHttp;

/// <summary>
/// The receives of a socket, or its sends: one at a time. The operation that does them is had from the loop's stock when it is wanted,
/// and given back while the socket is only watched: of those there may be thousands. A mutable struct: keep it in a field.
/// </summary>
internal struct SocketTransfer()
{
    /// <summary>Operations that a loop keeps for another use: enough for as many sockets as are used at once, but after a burst.</summary>
    internal const int MostFree = 512;

    private SocketOperation? _operation;

    /// <summary>How long one may be in flight. Default: without limit. Takes effect with the next start.</summary>
    internal TimeSpan Timeout { readonly get; set; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>True from a start until its result has been taken. Any thread.</summary>
    internal readonly bool IsBusy => Volatile.Read(in _operation) is { IsBusy: true };

    /// <summary>The operation, to be started. Any thread.</summary>
    internal SocketOperation Of(UringSocket socket)
    {
        SocketOperation operation = Volatile.Read(ref _operation) ?? Take(socket);
        operation.Timeout = Timeout;
        return operation;
    }

    /// <summary>Asks for an early end because the socket closes.</summary>
    internal readonly void OnSocketClosing() => Volatile.Read(in _operation)?.OnSocketClosing();

    /// <summary>Gives the operation back. Loop thread, and nobody else may be about to start it.</summary>
    internal void Rest(LoopCore loop)
    {
        if (_operation is { IsBusy: false } operation)
        {
            _operation = null;
            operation.Detach();
            loop.FreeOperations.Return(operation);
        }
    }

    private SocketOperation Take(UringSocket socket)
    {
        LoopCore loop = socket.Loop.Core;
        if (loop.IsLoopThread && loop.FreeOperations.TryTake(out SocketOperation? operation))
        {
            operation.Attach(socket);
        }
        else
        {
            operation = new SocketOperation(socket);
        }

        // Two threads that start at once must get the same one: it refuses the second.
        return Interlocked.CompareExchange(ref _operation, operation, null) ?? operation;
    }
}
