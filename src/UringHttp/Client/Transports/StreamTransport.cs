using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication.ExtendedProtection;

namespace UringHttp;

/// <summary>
/// Bytes through a stream: TLS over a socket of the loop, or whatever a user's callback has made. The stream may resume on any
/// thread; what was called on the loop comes back to it here.
/// </summary>
internal sealed class StreamTransport : Transport
{
    private readonly Stream _stream;
    private readonly UringSocket? _socket;

    /// <summary>Calls into the stream that have not returned, and one for as long as nobody has closed it.</summary>
    private int _users = 1;
    private int _closing;
    private Action? _whenClosed;
    private Task _readable = Task.CompletedTask;

    /// <summary>Takes over a stream.</summary>
    /// <param name="loop">The loop of the connection.</param>
    /// <param name="stream">Read, written and in the end disposed.</param>
    /// <param name="socket">The socket underneath, when it is one of the loop's: closing it ends every call into the stream.</param>
    /// <param name="isFiltered">Whether a user's code stands between the stream and the socket.</param>
    internal StreamTransport(UringLoop loop, Stream stream, UringSocket? socket, bool isFiltered)
        : base(loop)
    {
        CanWaitReadable = socket is not null && !isFiltered;
        _stream = stream;
        _socket = socket;
    }

    internal override ChannelBinding? ChannelBinding =>
        (_stream as SslStream)?.TransportContext.GetChannelBinding(ChannelBindingKind.Endpoint);

    internal override bool IsClosing => Volatile.Read(ref _closing) != 0;

    /// <summary>A read of nothing waits for bytes on a socket, and on TLS over one. On other streams it may do anything.</summary>
    internal override bool CanWaitReadable { get; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken token)
    {
        bool onLoop = Loop.IsLoopThread;
        Enter();
        try
        {
            if (!_readable.IsCompleted)
            {
                // A wait from when the connection was idle: the stream has room for one reader only.
                await _readable.WaitAsync(token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                token.ThrowIfCancellationRequested();
            }

            return await _stream.ReadAsync(buffer, token).ConfigureAwait(false);
        }
        finally
        {
            if (onLoop)
            {
                await Loop.Core.SwitchTo();
            }

            Leave();
        }
    }

    internal override ValueTask<int> ReceiveLaterAsync(Memory<byte> buffer) => ReceiveAsync(buffer, CancellationToken.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal override async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token)
    {
        bool onLoop = Loop.IsLoopThread;
        Enter();
        try
        {
            await _stream.WriteAsync(bytes, token).ConfigureAwait(false);
            await _stream.FlushAsync(token).ConfigureAwait(false);
        }
        finally
        {
            if (onLoop)
            {
                await Loop.Core.SwitchTo();
            }

            Leave();
        }
    }

    internal override void Watch(SocketPoll poll) => _readable = WaitForBytesAsync(poll);

    internal override void Abort()
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        if (_socket is not null)
        {
            _socket.Dispose(); // every call into the stream fails now, and then the stream can be disposed in peace
        }
        else
        {
            DisposeStream();
        }

        Leave();
    }

    internal override void WhenClosed(Action action)
    {
        _whenClosed = action;
        if (Volatile.Read(ref _users) == 0)
        {
            OnStreamLeft();
        }
    }

    /// <summary>Never fails: what is wrong with the stream is told to whoever reads it next.</summary>
    private async Task WaitForBytesAsync(SocketPoll poll)
    {
        bool isClosing = true;
        try
        {
            Enter();
            try
            {
                _ = await _stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                isClosing = false;
            }
            finally
            {
                await Loop.Core.SwitchTo();
                Leave();
            }
        }
        catch (Exception)
        {
            // Said by isClosing.
        }

        poll.OnReadable(isClosing);
    }

    /// <summary>Begins a call into the stream.</summary>
    private void Enter()
    {
        int users = Volatile.Read(ref _users);
        while (true)
        {
            ObjectDisposedException.ThrowIf(users == 0 || IsClosing, this);
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return;
            }

            users = seen;
        }
    }

    /// <summary>Ends a call into the stream. The last one after the closing tells.</summary>
    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            DisposeStream();
            Loop.PostAlways(static transport => ((StreamTransport)transport!).OnStreamLeft(), this);
        }
    }

    /// <summary>On the loop: nobody is in the stream any more.</summary>
    private void OnStreamLeft()
    {
        if (Interlocked.Exchange(ref _whenClosed, null) is not { } whenClosed)
        {
            return; // nobody has asked yet, or it was told
        }

        if (_socket is not null)
        {
            _socket.WhenClosed(whenClosed);
        }
        else
        {
            whenClosed();
        }
    }

    private void DisposeStream()
    {
        try
        {
            _stream.Dispose();
        }
        catch (Exception)
        {
            // A user's stream, at its end: there is nobody left whom its failure would concern.
        }
    }
}
