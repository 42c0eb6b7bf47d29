using System.Net;
using System.Threading.Channels;

namespace UringHttp;

/// <summary>A listening stream socket (TCP or unix) on a loop.</summary>
/// <remarks>
/// Members may be called from any thread. Connections are accepted ahead of <see cref="AcceptAsync"/>, up to
/// <see cref="SocketSettings.Backlog"/>; more than that stay in the kernel's own backlog.
/// </remarks>
public sealed class UringListener : IDisposable, IAsyncDisposable
{
    /// <summary>How long accepting pauses when the process is out of descriptors: nothing tells when there will be one.</summary>
    private static readonly TimeSpan ExhaustedPause = TimeSpan.FromMilliseconds(50);

    private readonly UringLoop _loop;
    private readonly int _descriptor;
    private readonly SocketSettings _settings;
    private readonly Channel<UringSocket> _accepted = Channel.CreateUnbounded<UringSocket>();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AcceptOperation _accept;
    private readonly LoopTimer _resume;
    private bool _full;
    private bool _closeSubmitted;
    private int _closing;

    private UringListener(UringLoop loop, int descriptor, SocketSettings settings, EndPoint local)
    {
        _loop = loop;
        _descriptor = descriptor;
        _settings = settings;
        LocalEndPoint = local;
        _accept = new AcceptOperation(this);
        _resume = new LoopTimer(Accept);
    }

    /// <summary>The address it listens on, with the port that the kernel chose where 0 was asked for.</summary>
    public EndPoint LocalEndPoint { get; }

    private LoopCore Core => _loop.Core;

    private bool IsClosing => Volatile.Read(ref _closing) != 0;

    /// <summary>Binds, listens and begins to accept.</summary>
    /// <param name="loop">The loop that it and its connections live on.</param>
    /// <param name="local">Where: an <see cref="IPEndPoint"/> (port 0: any) or a unix endpoint (the path must not exist).</param>
    /// <param name="settings">For the listener and the accepted sockets; null for the defaults.</param>
    /// <exception cref="UringException">The address is in use, not ours, or forbidden.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public static UringListener Bind(UringLoop loop, EndPoint local, SocketSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(local);
        settings ??= SocketSettings.Default;
        IRing ring = loop.Core.Ring;
        int descriptor = settings.Open(ring, local, listens: true);
        try
        {
            Check(ring.Bind(descriptor, SocketAddressing.Encode(local).Span), "bind", local);
            Check(ring.Listen(descriptor, settings.Backlog), "listen", local);
            Span<byte> name = stackalloc byte[SocketAddressing.MaxLength];
            int length = Check(ring.GetLocalName(descriptor, name), "getsockname", local);
            var listener = new UringListener(loop, descriptor, settings, SocketAddressing.Decode(name[..length]));
            return loop.PostCallback(static listener => ((UringListener)listener!).Begin(), listener)
                ? listener
                : throw loop.NewDisposedException();
        }
        catch
        {
            ring.CloseUnused(descriptor);
            throw;
        }
    }

    /// <summary>The next connection, in the order they were made. Several callers may wait.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The listener was closed.</exception>
    /// <exception cref="UringException">Accepting has failed for good.</exception>
    public async ValueTask<UringSocket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        UringSocket socket;
        try
        {
            socket = await _accepted.Reader.ReadAsync(cancellationToken).ConfigureAwait(true);
        }
        catch (ChannelClosedException e)
        {
            throw e.InnerException as UringException ?? (Exception)new ObjectDisposedException(nameof(UringListener));
        }

        if (Volatile.Read(ref _full) && _accepted.Reader.Count <= _settings.Backlog / 2)
        {
            _loop.PostCallback(static listener => ((UringListener)listener!).Accept(), this);
        }

        return socket;
    }

    /// <summary>Stops listening and closes connections that nobody has taken. Does not wait.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closing, 1) == 0
            && !_loop.PostCallback(static listener => ((UringListener)listener!).Close(), this))
        {
            Core.DoAfterEnd(OnClosed);
        }
    }

    /// <summary>Stops listening, and waits until the address is free again.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return new ValueTask(_closed.Task);
    }

    private static int Check(int result, string operation, EndPoint endpoint) =>
        result >= 0 ? result : throw new UringException(-result, operation, endpoint);

    private void Begin()
    {
        Core.AddDescriptor(_descriptor);
        if (Core.IsStopping)
        {
            CloseIdle(); // too late to be told
            return;
        }

        Core.Stopping += Close;
        Accept();
    }

    private void Accept()
    {
        if (IsClosing || Core.IsStopping || _accept.InFlight)
        {
            return;
        }

        Volatile.Write(ref _full, false);
        var submission = new Submission
        {
            Kind = OperationKind.Accept,
            Descriptor = _descriptor,
            Flags = SubmissionFlags.Multishot,
        };
        Core.Submit(_accept, ref submission);
    }

    private void OnAccepted(int result, bool more)
    {
        if (result >= 0)
        {
            Deliver(result);
        }

        if (more)
        {
            return;
        }

        if (IsClosing || Core.IsStopping)
        {
            CloseIdle();
        }
        else if (result is -Errno.EMFILE or -Errno.ENFILE or -Errno.ENOMEM or -Errno.ENOBUFS)
        {
            Core.Timers.Set(_resume, Core.Now + (long)ExhaustedPause.TotalNanoseconds);
        }
        else if (result >= 0 || result is -Errno.ECONNABORTED or -Errno.ECANCELED)
        {
            ResumeUnlessFull();
        }
        else
        {
            _accepted.Writer.TryComplete(new UringException(-result, "accept", LocalEndPoint));
        }
    }

    private void Deliver(int descriptor)
    {
        Core.AddDescriptor(descriptor);
        var socket = new UringSocket(_loop, descriptor, null, adopted: true);
        try
        {
            _settings.ApplyToAccepted(Core.Ring, descriptor, LocalEndPoint.AddressFamily);
        }
        catch (UringException)
        {
            socket.Dispose(); // the peer has gone already: there is nothing left to accept
            return;
        }

        if (!_accepted.Writer.TryWrite(socket))
        {
            socket.Dispose();
        }
        else if (_accepted.Reader.Count >= _settings.Backlog && !_full)
        {
            Volatile.Write(ref _full, true);
            Core.Cancel(_accept, _descriptor);
        }
    }

    private void ResumeUnlessFull()
    {
        if (!_full || _accepted.Reader.Count <= _settings.Backlog / 2)
        {
            Accept();
        }
    }

    // Closing: ask (Close), join (the accept ends), close when idle, closed.

    /// <summary>Asks, also when the loop ends.</summary>
    private void Close()
    {
        Core.Stopping -= Close;
        Core.Timers.Remove(_resume);
        if (_accept.InFlight)
        {
            Core.Cancel(_accept, _descriptor);
        }
        else
        {
            CloseIdle();
        }
    }

    private void CloseIdle()
    {
        if (!_closeSubmitted)
        {
            _closeSubmitted = true;
            new CloseOperation(Core, _descriptor, OnClosed).Submit();
        }
    }

    private void OnClosed()
    {
        _accepted.Writer.TryComplete();
        while (_accepted.Reader.TryRead(out UringSocket? socket))
        {
            socket.Dispose();
        }

        _closed.TrySetResult();
    }

    private sealed class AcceptOperation(UringListener listener) : Operation
    {
        internal override void OnCompletion(int result, CompletionFlags flags) =>
            listener.OnAccepted(result, (flags & CompletionFlags.More) != 0);

        internal override void OnLoopStopping() => listener.Core.Cancel(this, listener._descriptor);
    }
}
