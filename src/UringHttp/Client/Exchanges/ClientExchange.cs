using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// The exchanges of a connection, one after the other: sends a request, receives the head of its response, and hands it to its caller.
/// The body is read from the connection by whoever has the response. An idle connection has none: see <see cref="ExchangeStock"/>.
/// Loop thread.
/// </summary>
/// <remarks>
/// Written with callbacks and not as an async method, since this is the way of every request: nothing is allocated here. The way is
/// Start, Receive (again and again), Deliver; any step may end in <see cref="Fail"/>.
/// </remarks>
internal sealed class ClientExchange
{
    private readonly HttpClientEngine _engine;
    private readonly HeadReader _heads;
    private readonly SendBuffer _send;
    private readonly Action _onReceived;

    /// <summary>The body of the present response. A field, since it is a mutable struct.</summary>
    private BodyRuns _responseBody;
    private ConnectionPool _pool = null!;
    private ClientConnection _connection = null!;

    /// <summary>Who waits for the present exchange's response; null when it has been told.</summary>
    private ExchangeCaller? _caller;
    private RequestBody? _body;
    private CancellationTokenRegistration _abort;
    private ValueTask _sent;
    private ValueTask<int> _received;
    private bool _sending;

    /// <summary>Whether the request was sent while another one was still to be answered.</summary>
    private bool _isAhead;

    /// <summary>The rest of the request's content is not wanted, and its end, which may never come, not waited for.</summary>
    private bool _abandoned;

    internal ClientExchange(HttpClientEngine engine)
    {
        _engine = engine;
        _heads = new HeadReader(engine.Limits);
        _send = new SendBuffer(engine.Loop.Core.Blocks, engine.Loop.Core.LargeBlocks);
        Received = new ReceivedBuffer(engine.Loop.Core.Blocks, engine.Loop.Core.LargeBlocks);
        _onReceived = OnReceived;
    }

    /// <summary>The next exchanges are this connection's.</summary>
    internal void Attach(ClientConnection connection, ConnectionPool pool)
    {
        _connection = connection;
        _pool = pool;
        _heads.Attach(connection);
    }

    /// <summary>The connection is idle: nothing of its exchanges is left.</summary>
    internal void Detach()
    {
        Debug.Assert(!_sending && _caller is null && Received.IsEmpty, "an idle connection has no exchange");
        _connection = null!;
        _pool = null!;
        _heads.Detach();
        _responseBody = default;
        _received = default;
        _sent = default;
    }

    /// <summary>What the connection has received, and nobody has used yet.</summary>
    internal ReceivedBuffer Received { get; }

    /// <summary>The body of the present response, for whoever reads it: on any thread, and until it has ended.</summary>
    internal ref BodyRuns Body => ref _responseBody;

    /// <summary>True while the connection has to wait for the rest of the request.</summary>
    internal bool IsSending => _sending && !_abandoned;

    /// <summary>The kernel has let go of all memory. A content that still runs keeps its buffer until it ends.</summary>
    internal void OnConnectionClosed()
    {
        Received.Release();
        if (!_sending)
        {
            _send.Release();
        }
    }

    /// <summary>Sends a request and receives the head of its response. The caller is told in any case.</summary>
    internal void Start(ExchangeCaller caller)
    {
        if (caller.PipelineDepth > 1 && _connection.TryOpenPipeline(caller))
        {
            return;
        }

        caller.Terms.Leg?.Pin?.Use(_connection);
        if (!TryWriteHead(caller))
        {
            return;
        }

        _connection.Use.OnExchange();
        _caller = caller;
        _body = null;
        _sent = default;
        _sending = true;
        _abandoned = false;
        _isAhead = false;
        try
        {
            _body = caller.NewBody(_connection, _send);
            _abort = caller.Token.UnsafeRegister(static ended => ((ClientConnection)ended!).Abort(), _connection);
#pragma warning disable CA2012 // consumed once: when the head is there, or the exchange has failed
            _sent = caller.Terms.Settings.HasExchangeTimeouts
                ? SendInTimeAsync(_connection.BeginTimer(caller.Terms), caller.Token)
                : SendAsync(caller.Token);
#pragma warning restore CA2012
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        Receive();
    }

    /// <summary>Begins the exchange of a request that a pipeline has sent, when those before it are over. Receive follows.</summary>
    internal void StartSent(ExchangeCaller caller, long sentAt, bool isAhead)
    {
        _connection.Use.OnExchange();
        _connection.Move(ConnectionSide.Local, ConnectionEvent.Request);
        _connection.Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        _heads.BeginSent(caller, sentAt);
        _caller = caller;
        _body = null;
        _sent = default;
        _isAhead = isAhead;
        if (caller.Terms.Settings.HasExchangeTimeouts)
        {
            _connection.BeginTimer(caller.Terms).OnRequestSent(sentAt);
        }

        _abort = caller.Token.UnsafeRegister(static ended => ((ClientConnection)ended!).Abort(), _connection);
    }

    private bool TryWriteHead(ExchangeCaller caller)
    {
        try
        {
            caller.Token.ThrowIfCancellationRequested();
            caller.WriteHead(_send, _pool.Head);
            Received.GetRoom(); // what could not be answered is not sent
        }
        catch (Exception e)
        {
            // Not a byte has left: the connection is as good as before.
            _send.Release();
            Received.Release();
            Exception cause = e is UringException noMemory ? HttpErrors.NoSendBuffer(_connection.Origin, noMemory) : e;
            _pool.Return(_connection);
            caller.Fail(cause);
            return false;
        }

        _heads.Begin(caller);
        _connection.Move(ConnectionSide.Local, ConnectionEvent.Request);
        if (caller.AnnouncesClose)
        {
            _connection.Move(ConnectionSide.Local, ConnectionEvent.CloseAnnounced);
        }

        return true;
    }

    private ValueTask SendAsync(CancellationToken token)
    {
        if (_body is not null)
        {
            return _body.SendAsync(token);
        }

        _connection.Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        return _connection.Transport.SendAsync(_send.Written, CancellationToken.None);
    }

    /// <summary>Tells the timer when the request has been sent, from where on the head is waited for.</summary>
    private async ValueTask SendInTimeAsync(ExchangeTimer timer, CancellationToken token)
    {
        await SendAsync(token).ConfigureAwait(false);
        timer.OnRequestSent();
    }

    /// <summary>
    /// Takes the head out of what is in hand; while it is not complete, receives more. Answers that have come together are told one
    /// after the other from here, so that no caller goes on inside of another one's code.
    /// </summary>
    internal void Receive()
    {
        ClientConnection connection = _connection;
        do
        {
            if (!TryReceive())
            {
                return;
            }

            Deliver(_caller!);
        }
        while (_connection == connection && connection.Pipeline?.TryBeginNext() == true); // an idle connection's pipeline is over
    }

    /// <summary>True when the head is there; false when it is still to come, or will not.</summary>
    private bool TryReceive()
    {
        try
        {
            while (!_heads.TryTake(_caller!, _body))
            {
#pragma warning disable CA2012 // consumed once, here or in OnReceived
                _received = ReceiveHeadAsync();
#pragma warning restore CA2012
                ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = _received.ConfigureAwait(false).GetAwaiter();
                if (!awaiter.IsCompleted)
                {
                    awaiter.UnsafeOnCompleted(_onReceived);
                    return false;
                }

                Commit(awaiter.GetResult());
            }

            return true;
        }
        catch (Exception e)
        {
            Fail(e);
            return false;
        }
    }

    private void OnReceived()
    {
        try
        {
            Commit(_received.GetAwaiter().GetResult());
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        Receive();
    }

    private ValueTask<int> ReceiveHeadAsync()
    {
        Memory<byte> room = Received.GetRoom();
#if DEBUG
        // Debug makes rare paths common: the first bytes of a head come in small pieces.
        room = Received.Count < 64 ? room[..Math.Min(room.Length, 16)] : room;
#endif
        return Received.IsEmpty && !_isAhead
            ? _connection.Transport.ReceiveLaterAsync(room)
            : _connection.Transport.ReceiveAsync(room, CancellationToken.None);
    }

    private void Commit(int count)
    {
        if (count == 0)
        {
            throw HttpErrors.EndedInHead(_connection.Route, Received.Count);
        }

        _heads.OnReceived();
        Received.Commit(count);
    }

    /// <summary>The head is there: settles what is left of the request, and tells the caller.</summary>
    private void Deliver(ExchangeCaller caller)
    {
        // A callback under way is waited for here, so none can reach the connection's next exchange.
        _abort.Dispose();
        if (caller.Token.IsCancellationRequested)
        {
            Fail(new OperationCanceledException(caller.Token));
            return;
        }

        _abort = default; // an idle connection keeps nobody's token
        _caller = null;
        Task? finishing = null;
        if (_sent.IsCompletedSuccessfully)
        {
            _sent.GetAwaiter().GetResult();
            OnRequestSent();
        }
        else
        {
            finishing = FinishSendingAsync();
        }

        // Sending that has ended meanwhile has released the connection: it may be in another exchange.
        if (finishing is not { IsCompleted: true })
        {
            _connection.ReleaseWhenDone();
        }

        caller.Complete(finishing);
    }

    /// <summary>The response came before the request was sent: goes on sending while the response is read.</summary>
    private async Task FinishSendingAsync()
    {
        _body?.Gate?.OnFinalStatus(_heads.StatusCode);
        if (_heads.StatusCode is < 200 or >= 300 && _body is not null)
        {
            _body.Abort(); // the server has heard enough (413, say)
            _abandoned = true;
        }

        try
        {
            await _sent.ConfigureAwait(false);
            OnRequestSent();
        }
        catch (Exception)
        {
            // The response is the caller's answer; that the rest of the request found nobody is seen in the state only.
            OnSendingFailed();
            _connection.FailSending();
            return;
        }

        _connection.ReleaseWhenDone();
    }

    private void OnRequestSent()
    {
        _sending = false;
        _send.Release();
        if (_body is not null)
        {
            _body = null;
            _connection.Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        }
    }

    /// <summary>There is no response: closes, and tells the caller, unless the request may go on another connection.</summary>
    private void Fail(Exception cause)
    {
        ExchangeCaller caller = _caller!;
        RequestBody? body = _body;
        _caller = null;
        _abort.Dispose();
        body?.Gate?.OnFailed();
        body?.Abort();
        bool isUnheard = IsUnheard(caller, cause);
        bool isStale = isUnheard && !_isAhead && !caller.WasResent && _engine.Options.ResendOnStaleConnection;
        bool isPeers = !isStale && !caller.Token.IsCancellationRequested && !_engine.IsStopped;
        _connection.Pipeline?.OnFailed(isUnheard && _isAhead ? caller : null, isPeers);
        _connection.Close();
        _ = SettleAsync();
        if (isStale)
        {
            caller.WasResent = true;
            _ = _pool.SendAsync(caller);
        }
        else if (isUnheard && _isAhead)
        {
            // It has gone the way of those behind it.
        }
        else
        {
            caller.Fail(Explain(cause, body, caller.Token));
        }
    }

    /// <summary>True when the server had closed the connection before the request came, and the request may go on another one.</summary>
    private bool IsUnheard(ExchangeCaller caller, Exception cause) =>
        _connection.Use.IsReused && Received.IsEmpty && !_heads.HasInformational && !caller.Token.IsCancellationRequested
        && !_engine.IsStopped && caller.MayResend(cause);

    /// <summary>The exchange has failed, for a reason that is told. What is left of the sending ends when the content pleases.</summary>
    private async Task SettleAsync()
    {
        try
        {
            await _sent.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The echo of the failure.
        }

        OnSendingFailed();
    }

    /// <summary>Nobody writes the request any more. But the kernel may still have its block, until the socket is closed.</summary>
    private void OnSendingFailed()
    {
        _sending = false;
        if (_connection.IsClosed)
        {
            _send.Release();
        }
    }

    /// <summary>What to tell the caller: its own cancellation, its content's failure, or what the connection met.</summary>
    private Exception Explain(Exception cause, RequestBody? body, CancellationToken token) => cause switch
    {
        _ when token.IsCancellationRequested => new TaskCanceledException("The request was cancelled.", cause, token),
        _ when _connection.Timer?.Failure is { } timeout => HttpErrors.TimedOut(timeout),
        _ when body?.ContentFailure is { } failure => failure,
        HttpRequestException => cause,
        _ when _engine.Loop.Core.IsStopping => HttpErrors.Disposed(),
        IOException or ObjectDisposedException => HttpErrors.ConnectionFailed(_connection.Route, cause),
        _ => cause,
    };
}
