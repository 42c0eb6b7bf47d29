using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// One connection to an origin, and the exchange that it carries: sends a request, receives the head of its response, and lends
/// itself to the response's body until that is read. Loop thread, but for the members that say otherwise.
/// </summary>
internal sealed class ClientConnection
{
    /// <summary>Informational heads that one exchange may have before its final one.</summary>
    private const int MaxInformationalHeads = 100;

    private readonly HttpClientEngine _engine;
    private readonly ConnectionPool _pool;
    private readonly ConnectionState _state = new(ConnectionRole.Client);
    private readonly ResponseHeadParser _parser;
    private readonly ResponseHead _responseHead = new();
    private readonly SendBuffer _send;
    private readonly IdleWatch _watch;
    private BodyRuns _body;
    private int _informationalHeads;
    private bool _sending;

    /// <summary>The rest of the request's content is not wanted, and its end, which may never come, not waited for.</summary>
    private bool _abandoned;
    private bool _closing;
    private bool _closed;

    internal ClientConnection(HttpClientEngine engine, ConnectionPool pool, Transport transport)
    {
        _engine = engine;
        _pool = pool;
        Transport = transport;
        _parser = new ResponseHeadParser(engine.Limits);
        Received = new ReceivedBuffer(Loop.Blocks, Loop.LargeBlocks);
        _send = new SendBuffer(Loop.Blocks, Loop.LargeBlocks);
        _watch = new IdleWatch(Loop, transport, OnIdleEnded);
    }

    /// <summary>A response that was dropped without being disposed takes its connection with it; the slot must not go too.</summary>
    ~ClientConnection() => _engine?.Loop.PostCallback(static connection => ((ClientConnection)connection!).Close(), this);

    internal Transport Transport { get; }

    internal ReceivedBuffer Received { get; }

    /// <summary>The body of the present response: its stream's, as long as that has not ended.</summary>
    internal ref BodyRuns Body => ref _body;

    internal Origin Origin => _pool.Origin;

    /// <summary>Since when it is idle, in nanoseconds of the loop's clock.</summary>
    internal long IdleSince { get; private set; }

    private LoopCore Loop => _engine.Loop.Core;

    // The exchange, in the order in which it happens.

    /// <summary>Sends a request and receives the head of its response.</summary>
    internal async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool callerIsOnLoop, CancellationToken token)
    {
        WriteHead(request, token);
        RequestBody? body = request.Content is null ? null : new RequestBody(this, request.Content, _send, callerIsOnLoop);
        CancellationTokenRegistration abort = token.UnsafeRegister(static connection => ((ClientConnection)connection!).Abort(), this);
        _sending = true;
        ValueTask sending = body is null ? Transport.SendAsync(_send.Written, CancellationToken.None) : body.SendAsync(token);
        try
        {
            HttpResponseMessage? response;
            while ((response = TryTakeHead(request)) is null)
            {
                OnReceived(await ReceiveHeadAsync().ConfigureAwait(false));
            }

            // A callback under way is waited for here, so none can reach the connection's next exchange.
            abort.Dispose();
            token.ThrowIfCancellationRequested();
            return Deliver(response, sending, body);
        }
        catch (Exception e)
        {
            abort.Dispose();
            body?.Abort();
            Close();
            _ = SettleAsync(sending);
            throw Explain(e, body, token);
        }
    }

    private void WriteHead(HttpRequestMessage request, CancellationToken token)
    {
        try
        {
            token.ThrowIfCancellationRequested();
            RequestHead.Write(_send, request, _pool.HostField);
        }
        catch
        {
            // Not a byte has left: the connection is as good as before.
            _send.Release();
            _pool.Return(this);
            throw;
        }

        _informationalHeads = 0;
        Move(ConnectionSide.Local, ConnectionEvent.Request);
        if (RequestHead.AnnouncesClose(request))
        {
            Move(ConnectionSide.Local, ConnectionEvent.CloseAnnounced);
        }

        if (request.Content is null)
        {
            Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        }
    }

    private ValueTask<int> ReceiveHeadAsync()
    {
        Memory<byte> room = Received.GetRoom();
#if DEBUG
        // Debug makes rare paths common: the first bytes of a head come in small pieces.
        room = Received.Count < 64 ? room[..Math.Min(room.Length, 16)] : room;
#endif
        return Received.IsEmpty ? Transport.ReceiveLaterAsync(room) : Transport.ReceiveAsync(room, CancellationToken.None);
    }

    private void OnReceived(int count)
    {
        if (count == 0)
        {
            throw HttpErrors.EndedInHead(Origin, Received.Count);
        }

        Received.Commit(count);
    }

    /// <summary>Parses what was received; null while the final head is not complete. Informational heads are passed over.</summary>
    private HttpResponseMessage? TryTakeHead(HttpRequestMessage request)
    {
        while (!Received.IsEmpty)
        {
            switch (_parser.Parse(Received.Data, out int length))
            {
                case ParseStatus.NeedMore:
                    return null;
                case ParseStatus.Invalid:
                    throw HttpErrors.InvalidHead(Origin, _parser.Error, _parser.ErrorOffset);
            }

            if (_parser.StatusCode is >= 200 or 101)
            {
                return TakeFinalHead(request, length);
            }

            Move(ConnectionSide.Peer, ConnectionEvent.InformationalResponse);
            Received.Consume(length);
            if (++_informationalHeads > MaxInformationalHeads)
            {
                throw HttpErrors.TooManyInformational(Origin, MaxInformationalHeads);
            }
        }

        return null;
    }

    private HttpResponseMessage TakeFinalHead(HttpRequestMessage request, int length)
    {
        ReadOnlySpan<byte> head = Received.Data[..length];
        HeaderView fields = _parser.View(head);
        MethodKind method = MethodKinds.Of(RequestHead.GetName(request.Method).AsSpan());
        bool isFramed = BodyFraming.TryFromResponse(
            method, _parser.StatusCode, _parser.Version, fields, out BodyFraming framing, out HttpProtocolError error);
        if (!isFramed)
        {
            throw HttpErrors.InvalidHead(Origin, error, length);
        }

        Move(ConnectionSide.Peer, ConnectionEvent.Response);
        if (framing.Kind == FramingKind.UntilClose || _parser.StatusCode == 101 || !KeepAlive.IsKept(_parser.Version, fields))
        {
            Move(ConnectionSide.Peer, ConnectionEvent.CloseAnnounced);
        }

        _body = new BodyRuns(framing, _engine.Limits);
        var body = new ResponseBodyStream(this, framing.IsEmpty);
        HttpResponseMessage response = _responseHead.Create(_parser, head, request, new ResponseContent(body));
        Received.Consume(length);
        if (framing.IsEmpty)
        {
            Move(ConnectionSide.Peer, ConnectionEvent.EndOfMessage);
        }
        else if (framing.Kind != FramingKind.Length || framing.Length > Received.Count)
        {
            Received.Enlarge();
        }

        return response;
    }

    /// <summary>The head is there: settles what is left of the request, and hands the response out.</summary>
    private HttpResponseMessage Deliver(HttpResponseMessage response, ValueTask sending, RequestBody? body)
    {
        if (sending.IsCompletedSuccessfully)
        {
            sending.GetAwaiter().GetResult();
            OnRequestSent(body);
        }
        else
        {
            if (!response.IsSuccessStatusCode && body is not null)
            {
                body.Abort(); // the server has heard enough (413, say)
                _abandoned = true;
            }

            _ = FinishSendingAsync(sending, body);
        }

        ReleaseWhenDone();
        return response;
    }

    /// <summary>The response came before the request was sent: goes on sending while the response is read.</summary>
    private async Task FinishSendingAsync(ValueTask sending, RequestBody? body)
    {
        try
        {
            await sending.ConfigureAwait(false);
            OnRequestSent(body);
        }
        catch (Exception)
        {
            // The response is the caller's answer; that the rest of the request found nobody is seen in the state only.
            Move(ConnectionSide.Local, ConnectionEvent.Fault);
            OnSendingFailed();
        }

        ReleaseWhenDone();
    }

    private void OnRequestSent(RequestBody? body)
    {
        _sending = false;
        _send.Release();
        if (body is not null)
        {
            Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        }
    }

    /// <summary>Nobody writes the request any more. But the kernel may still have its block, until the socket is closed.</summary>
    private void OnSendingFailed()
    {
        _sending = false;
        if (_closed)
        {
            _send.Release();
        }
    }

    /// <summary>The body of the response is read to its end. Any thread.</summary>
    internal void OnResponseRead()
    {
        if (Loop.IsLoopThread)
        {
            EndResponse();
        }
        else
        {
            _engine.Loop.PostCallback(static connection => ((ClientConnection)connection!).EndResponse(), this);
        }
    }

    private void EndResponse()
    {
        Move(ConnectionSide.Peer, ConnectionEvent.EndOfMessage);
        ReleaseWhenDone();
    }

    /// <summary>Room for the body, within the block that was taken for it. Any thread that reads the body.</summary>
    internal Memory<byte> GetBodyRoom()
    {
        if (Received.RemainingRoom.IsEmpty)
        {
            Received.Compact();
        }

        return Received.RemainingRoom;
    }

    /// <summary>Gives the connection back when both messages have ended, or closes it where it cannot carry another exchange.</summary>
    private void ReleaseWhenDone()
    {
        if ((_sending && !_abandoned) || _state.Peer is SideState.SendingBody or SideState.AwaitingResponse)
        {
            return;
        }

        // Bytes behind the response were not asked for: whatever they are, they would be taken for the next answer.
        if (_state.IsReusable && Received.IsEmpty && !Transport.IsClosing)
        {
            Received.Release();
            _pool.Return(this);
        }
        else
        {
            Close();
        }
    }

    // Idle: no block is held; the peer's close is seen by a poll.

    /// <summary>It waits in the pool from now on.</summary>
    internal void OnIdle(long now)
    {
        IdleSince = now;
        _watch.Begin();
    }

    /// <summary>It leaves the pool for an exchange.</summary>
    internal void OnRented() => _watch.End();

    private void OnIdleEnded()
    {
        _pool.RemoveIdle(this);
        Close();
    }

    // Closing: ask (Abort, Close), join (the socket sees its operations end, the request's content comes to its end), closed (OnClosed).

    /// <summary>Ends what is in flight; whoever waits for it then closes. Any thread.</summary>
    internal void Abort() => Transport.Abort();

    /// <summary>Closes from the response's body, whose reader has ended. Any thread.</summary>
    internal void CloseFromBody()
    {
        Transport.Abort();
        if (Loop.IsLoopThread)
        {
            Close();
        }
        else
        {
            _engine.Loop.PostCallback(static connection => ((ClientConnection)connection!).Close(), this);
        }
    }

    /// <summary>Ends the connection. Nobody may read from it any more; what the kernel still has is waited for.</summary>
    internal void Close()
    {
        if (_closing)
        {
            return;
        }

        _closing = true;
#pragma warning disable CA1816 // this is the end of its life, whatever the method is called
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
        _watch.End();
        Transport.Abort();
        Transport.WhenClosed(OnClosed);
    }

    /// <summary>The socket is closed, and the kernel has let go of all memory: gives back the blocks and the slot.</summary>
    private void OnClosed()
    {
        _closed = true;
        Received.Release();
        if (!_sending)
        {
            _send.Release();
        }

        _pool.ReleaseSlot();
    }

    /// <summary>The exchange has failed, for a reason that is told. What is left of the sending ends when the content pleases.</summary>
    private async Task SettleAsync(ValueTask sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The echo of the failure.
        }

        OnSendingFailed();
    }

    /// <summary>What to tell the caller: its own cancellation, its content's failure, or what the connection met.</summary>
    private Exception Explain(Exception cause, RequestBody? body, CancellationToken token) => cause switch
    {
        _ when token.IsCancellationRequested => new TaskCanceledException("The request was cancelled.", cause, token),
        _ when body?.ContentFailure is { } failure => failure,
        HttpRequestException => cause,
        _ when _engine.Loop.Core.IsStopping => HttpErrors.Disposed(),
        IOException or ObjectDisposedException => HttpErrors.ConnectionFailed(Origin, cause),
        _ => cause,
    };

    private void Move(ConnectionSide side, ConnectionEvent happened, [CallerArgumentExpression(nameof(happened))] string? name = null)
    {
        if (!_state.Move(side, happened))
        {
            throw new InvalidOperationException($"{name} of {side} is not possible now ({_state}).");
        }
    }
}
