using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UringHttp;

/// <summary>A connected stream socket (TCP or unix) on a loop.</summary>
/// <remarks>
/// Members may be called from any thread. One receive and one send may be in flight at a time. Called on the loop, a task resumes
/// there at once; called elsewhere, on the thread pool. Cancelling ends the operation, not the socket; but bytes of a cancelled
/// send may have left, so the stream is of no use after one.
/// </remarks>
public sealed class UringSocket : IDisposable, IAsyncDisposable
{
    private const uint PollIn = 0x001;
    private const uint PollRdHup = 0x2000;
    private const uint ShutdownWrite = 1;
    private const uint ShutdownBoth = 2;

    private static readonly TaskCompletionSource s_isClosed = NewClosed();

    private readonly int _descriptor;

    /// <summary>Who waits for the end: made by the first who does. <see cref="s_isClosed"/> from the end on.</summary>
    private TaskCompletionSource? _closed;
    private SocketTransfer _receive = new();
    private SocketTransfer _send = new();
    private SocketOperation? _poll;
    private SocketPoll? _watch;
    private ReadOn _readOn;
    private DirectReceive _direct;
    private Action? _whenClosed;
    private int _inFlight;
    private int _closing;
    private bool _adopted;
    private bool _closeSubmitted;

    /// <summary>Takes over a descriptor: one that is the loop's already (adopted), or one that nobody has submitted yet.</summary>
    internal UringSocket(UringLoop loop, int descriptor, EndPoint? remote, bool adopted = false)
    {
        Loop = loop;
        _descriptor = descriptor;
        KnownRemote = remote;
        _adopted = adopted;
    }

    /// <summary>A socket that nobody holds any more has nothing in flight (the loop would hold it), so it can be closed at once.</summary>
    ~UringSocket() => Forget();

    /// <summary>The loop that the socket lives on.</summary>
    public UringLoop Loop { get; }

    /// <summary>
    /// How long a receive may wait for its first byte; then it ends with <see cref="TimeoutException"/>. Default: without limit.
    /// </summary>
    public TimeSpan ReceiveTimeout
    {
        get => _receive.Timeout;
        set => _receive.Timeout = CheckTimeout(value);
    }

    /// <summary>How long a send may take in all; then it ends with <see cref="TimeoutException"/>. Default: without limit.</summary>
    public TimeSpan SendTimeout
    {
        get => _send.Timeout;
        set => _send.Timeout = CheckTimeout(value);
    }

    /// <summary>The address of this end.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public EndPoint LocalEndPoint => ReadName(Loop.Core.Ring.GetLocalName, "getsockname");

    /// <summary>The address of the other end.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public EndPoint RemoteEndPoint => KnownRemote ??= ReadName(Loop.Core.Ring.GetPeerName, "getpeername");

    internal bool IsClosing => Volatile.Read(ref _closing) != 0;

    /// <summary>What a send failed with, which ended the stream in both directions; 0: none did.</summary>
    internal int SendError { get; private set; }

    /// <summary>The address of the other end as far as it is known without asking.</summary>
    internal EndPoint? KnownRemote { get; private set; }

    /// <summary>Connects a new socket.</summary>
    /// <param name="loop">The loop it will live on.</param>
    /// <param name="remote">An <see cref="IPEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</param>
    /// <param name="settings">How the socket should be; null for the defaults.</param>
    /// <param name="timeout">How long connecting may take; null, or infinite, for the kernel's own limit (about two minutes).</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="UringException">Refused, unreachable, out of descriptors: the errno and the endpoint in words.</exception>
    /// <exception cref="TimeoutException">It took longer than the timeout.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public static async ValueTask<UringSocket> ConnectAsync(
        UringLoop loop,
        EndPoint remote,
        SocketSettings? settings = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(remote);
        TimeSpan limit = CheckTimeout(timeout ?? Timeout.InfiniteTimeSpan);
        cancellationToken.ThrowIfCancellationRequested();
        Memory<byte> address = SocketAddressing.Encode(remote);
        int descriptor = (settings ?? SocketSettings.Default).Open(loop.Core.Ring, remote, listens: false);
        var socket = new UringSocket(loop, descriptor, remote);
        try
        {
            var connect = new SocketOperation(socket) { Timeout = limit };
            await socket.Start(connect, OperationKind.Connect, address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Receives what is there, waiting for the first byte.</summary>
    /// <param name="buffer">Where to; held until the task ends. Empty: only waits until there is something to receive.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number of bytes; 0 at the end of the stream (never for a reset), or for an empty buffer.</returns>
    /// <exception cref="UringException">The connection was reset, or failed otherwise.</exception>
    /// <exception cref="TimeoutException"><see cref="ReceiveTimeout"/> has passed.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            // A poll in the place of the receive: with its timeout, and not at the same time as one.
            return _receive.Of(this).Start(PreparePoll(), default, cancellationToken);
        }

        int result = MayReceiveNow(cancellationToken) ? ReceiveNow(buffer.Span) : -Errno.EAGAIN; // no wait, no operation
        return result switch
        {
            >= 0 => new ValueTask<int>(result),
            -Errno.EAGAIN => Start(_receive.Of(this), OperationKind.Receive, buffer, cancellationToken),
            _ => ValueTask.FromException<int>(new UringException(-result, "receive", KnownRemote)),
        };
    }

    /// <summary>True when the last receive has left bytes behind, as far as is known: to wait for some is in vain.</summary>
    internal bool HasMore(CancellationToken token) => _readOn.IsDue && MayReceiveNow(token);

    /// <summary>As <see cref="ReceiveAsync"/>, for a moment when nothing can have arrived: saves the kernel a look.</summary>
    internal ValueTask<int> ReceiveLaterAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Submission submission = Prepare(OperationKind.Receive, buffer, out PinnedMemory pin, SubmissionFlags.PollFirst);
        return _receive.Of(this).Start(submission, pin, cancellationToken);
    }

    /// <summary>Sends all of the buffer.</summary>
    /// <param name="buffer">The bytes; held until the task ends.</param>
    /// <param name="cancellationToken">Ends the wait; some bytes may have left.</param>
    /// <exception cref="UringException">The connection was reset, or closed by the peer.</exception>
    /// <exception cref="TimeoutException"><see cref="SendTimeout"/> has passed.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : ValueTask.CompletedTask;
        }

        // The kernel only reads it.
        Submission submission = Prepare(OperationKind.Send, MemoryMarshal.AsMemory(buffer), out PinnedMemory pin);
        return _send.Of(this).StartWithoutResult(submission, pin, cancellationToken);
    }

    /// <summary>Waits until there is something to receive: bytes, the end of the stream, or an error. Holds no memory meanwhile.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask WaitReadableAsync(CancellationToken cancellationToken = default)
    {
        _poll ??= new SocketOperation(this);
        return _poll.StartWithoutResult(PreparePoll(), default, cancellationToken);
    }

    /// <summary>
    /// As <see cref="WaitReadableAsync"/>, with an object of the caller's that is told, while nobody uses the socket. One at a time. Loop
    /// thread.
    /// </summary>
    internal void Poll(SocketPoll poll)
    {
        if (IsClosing || Loop.Core.IsStopping)
        {
            poll.OnReadable(isClosing: true);
            return;
        }

        _receive.Rest(Loop.Core);
        _send.Rest(Loop.Core);
        _watch = poll;
        Submission submission = PreparePoll();
        poll.Begin(this, ref submission);
    }

    /// <summary>Ends a <see cref="Poll"/> soon.</summary>
    internal void CancelPoll()
    {
        if (_watch is { InFlight: true })
        {
            Loop.Core.Cancel(_watch, _descriptor);
        }
    }

    /// <summary>Tells the peer that nothing more will be sent (a FIN). Receiving goes on. No send may be in flight.</summary>
    public void ShutdownSend()
    {
        if (_send.IsBusy)
        {
            throw new InvalidOperationException("A send is in flight on this socket: await it before shutting down.");
        }

        Loop.PostCallback(static socket => ((UringSocket)socket!).EndSending(), this);
    }

    /// <summary>Closes the socket: what is in flight ends with <see cref="ObjectDisposedException"/>. Does not wait.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        if (Loop.Core.IsLoopThread)
        {
            Close();
        }
        else if (!Loop.PostCallback(static socket => ((UringSocket)socket!).Close(), this))
        {
            Loop.Core.DoAfterEnd(CloseWithoutLoop);
        }
    }

    /// <summary>Closes the socket, and waits until the kernel has let go of it: its address can be used again then.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask((Interlocked.CompareExchange(ref _closed, own, null) ?? own).Task);
    }

    /// <summary>
    /// Calls back on the loop when nothing of the socket is in flight any more and it is closed: memory that was lent to its
    /// operations is free then, whoever started them. Loop thread.
    /// </summary>
    internal void WhenClosed(Action action)
    {
        if (Volatile.Read(ref _closed) is { Task.IsCompleted: true })
        {
            action();
        }
        else
        {
            _whenClosed = action;
        }
    }

    /// <summary>Called by an operation before it is submitted: the descriptor is the loop's from then on.</summary>
    internal void OnOperationBegins()
    {
        Adopt();
        _inFlight++;
    }

    /// <summary>Called by a receive that the ring has completed.</summary>
    internal void OnReceived(CompletionFlags flags) => _readOn.OnCompletion(flags);

    /// <summary>
    /// Called by a send that has failed: what it leaves is half a message, which no answer follows, so the receive must not wait for one.
    /// Where the peer has closed, the receive ends by itself, and may bring what was said before.
    /// </summary>
    internal void OnSendFailed(int error)
    {
        if (error is not (Errno.ECONNRESET or Errno.EPIPE) && !IsClosing && !Loop.Core.IsStopping)
        {
            SendError = error;
            Shutdown(ShutdownBoth);
        }
    }

    /// <summary>Called by an operation after its terminal completion.</summary>
    internal void OnOperationEnded()
    {
        _inFlight--;
        CloseWhenIdle();
    }

    /// <summary>Called by a direct receive that has ended while the socket closes, and may have held that up. Any thread.</summary>
    internal void OnDirectReceiveLeft() => Loop.PostCallback(static socket => ((UringSocket)socket!).Close(), this);

    /// <summary>For messages: the other end, or the descriptor where that is not known.</summary>
    internal string Describe() => KnownRemote?.ToString() ?? $"descriptor {_descriptor}";

    /// <summary>Starts an operation that the caller owns (a connect) on this socket.</summary>
    internal ValueTask<int> Start(SocketOperation operation, OperationKind kind, Memory<byte> memory, CancellationToken token) =>
        operation.Start(Prepare(kind, memory, out PinnedMemory pin), pin, token);

    /// <summary>What a receive must not be called for is left to the ordinary way to refuse.</summary>
    private bool MayReceiveNow(CancellationToken token) => !token.IsCancellationRequested
        && !_receive.IsBusy && !IsClosing && !Loop.Core.IsStopping && (!Loop.Core.IsLoopThread || _readOn.IsDue);

    private int ReceiveNow(Span<byte> destination)
    {
        int result;
        if (Loop.Core.IsLoopThread)
        {
            result = Loop.Core.Ring.ReceiveNow(_descriptor, destination);
            _readOn.OnTried(result, destination.Length);
        }
        else
        {
            result = _direct.Receive(this, _descriptor, destination);
            _readOn.OnTriedBeside(result, destination.Length);
        }

        return result == 0 && SendError != 0 ? -SendError : result;
    }

    // Closing: ask (Close), join (the operations end), close when idle, closed.

    /// <summary>Asks: everything in flight is to end. A send or receive that the kernel will not cancel is ended by the shutdown.</summary>
    private void Close()
    {
        Adopt();
        if (_inFlight > 0)
        {
            Shutdown(ShutdownBoth);
            _receive.OnSocketClosing();
            _send.OnSocketClosing();
            _poll?.OnSocketClosing();
            CancelPoll();
        }

        CloseWhenIdle();
    }

    private void CloseWhenIdle()
    {
        if (IsClosing && _inFlight == 0 && !_direct.IsUnderWay && !_closeSubmitted)
        {
            _closeSubmitted = true;
            new CloseOperation(Loop.Core, _descriptor, OnClosed).Submit();
        }
    }

    private void OnClosed()
    {
        Interlocked.CompareExchange(ref _closed, s_isClosed, null)?.TrySetResult();
        _whenClosed?.Invoke();
        _whenClosed = null;
    }

    /// <summary>The loop has ended, and has closed the descriptor if it ever knew of it.</summary>
    private void CloseWithoutLoop()
    {
        if (!_adopted)
        {
            Loop.Core.Ring.CloseUnused(_descriptor);
        }

        OnClosed();
    }

    private void Forget()
    {
        // Loop is null when the constructor did not get so far.
        if (Loop?.Core is not { } core || Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        if (!_adopted)
        {
            core.Ring.CloseUnused(_descriptor);
        }
        else
        {
            core.Post(new CloseOperation(core, _descriptor, OnClosed));
        }
    }

    private void Adopt()
    {
        if (!_adopted)
        {
            _adopted = true;
            Loop.Core.AddDescriptor(_descriptor);
        }
    }

    /// <summary>The loop's end closes the socket, which sends a FIN too; after that its descriptor may be a stranger's.</summary>
    private void EndSending()
    {
        if (!Loop.Core.IsStopping)
        {
            Shutdown(ShutdownWrite);
        }
    }

    private void Shutdown(uint how)
    {
        if (!_closeSubmitted)
        {
            Loop.Core.SubmitUnwatched(new Submission { Kind = OperationKind.Shutdown, Descriptor = _descriptor, Extra = how });
        }
    }

    private static TaskCompletionSource NewClosed()
    {
        var closed = new TaskCompletionSource();
        closed.SetResult();
        return closed;
    }

    private Submission Prepare(OperationKind kind, Memory<byte> memory, out PinnedMemory pin, SubmissionFlags flags = SubmissionFlags.None)
    {
        pin = new PinnedMemory(memory);
        return new Submission
        {
            Kind = kind,
            Flags = flags,
            Descriptor = _descriptor,
            Address = pin.Address,
            Length = pin.Length,
        };
    }

    private Submission PreparePoll() => new() { Kind = OperationKind.Poll, Descriptor = _descriptor, Extra = PollIn | PollRdHup };

    private EndPoint ReadName(SocketAddressing.NameReader read, string operation)
    {
        // At the loop's end the descriptor was closed, and its number may be a stranger's by now.
        ObjectDisposedException.ThrowIf(IsClosing || Loop.Core.IsStopping, this);
        return SocketAddressing.Read(read, _descriptor, operation);
    }

    private static TimeSpan CheckTimeout(TimeSpan value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "A timeout must be greater than zero, or Timeout.InfiniteTimeSpan.");
}
