using System.Net;

namespace UringHttp;

/// <summary>
/// The exchanges of a connection, one after the other: sends a request, receives the head of its response, and hands the response out.
/// The body is read from the connection by whoever has the response. Loop thread.
/// </summary>
internal sealed class ClientExchange(HttpClientEngine engine, ConnectionPool pool, ClientConnection connection)
{
    /// <summary>Informational heads that one exchange may have before its final one.</summary>
    private const int MaxInformationalHeads = 100;

    private readonly ResponseHeadParser _parser = new(engine.Limits);
    private readonly ResponseHead _responseHead = new();
    private readonly SendBuffer _send = new(engine.Loop.Core.Blocks, engine.Loop.Core.LargeBlocks);
    private int _informationalHeads;
    private bool _sending;

    // When the exchange began, and when its first bytes came: on the loop's clock, where somebody wants to know.
    private long _beganAt;
    private long _firstByteAt;

    /// <summary>The rest of the request's content is not wanted, and its end, which may never come, not waited for.</summary>
    private bool _abandoned;

    /// <summary>True while the connection has to wait for the rest of the request.</summary>
    internal bool IsSending => _sending && !_abandoned;

    /// <summary>The kernel has let go of all memory. A content that still runs keeps its buffer until it ends.</summary>
    internal void OnConnectionClosed()
    {
        if (!_sending)
        {
            _send.Release();
        }
    }

    /// <summary>Sends a request and receives the head of its response, and then does what that calls for.</summary>
    internal async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        connection.Use.OnExchange();
        _beganAt = terms.Settings.ReportsConnection ? connection.Record.Clock : 0;
        WriteHead(request, token);
        RequestBody? body = request.Content is { } content ? NewBody(request, content, terms) : null;
        CancellationTokenRegistration abort = token.UnsafeRegister(static ended => ((ClientConnection)ended!).Abort(), connection);
        _sending = true;
        _abandoned = false;
        ValueTask sending = terms.Settings.HasExchangeTimeouts
            ? SendInTimeAsync(body, connection.BeginTimer(terms), token)
            : SendRequestAsync(body, token);
        HttpResponseMessage? response;
        Task? finishing;
        try
        {
            while ((response = TryTakeHead(request, body, terms)) is null)
            {
                OnReceived(await ReceiveHeadAsync().ConfigureAwait(false));
                if (terms.Settings.ReportsConnection && _firstByteAt == 0)
                {
                    _firstByteAt = connection.Record.Clock;
                }
            }

            // A callback under way is waited for here, so none can reach the connection's next exchange.
            abort.Dispose();
            token.ThrowIfCancellationRequested();
            finishing = Deliver(response, sending, body);
        }
        catch (Exception e)
        {
            abort.Dispose();
            body?.Gate?.OnFailed();
            body?.Abort();
            connection.Close();
            _ = SettleAsync(sending);
            if (!terms.MayResend || !IsStale(request, e, token))
            {
                throw Explain(e, body, token);
            }

            return await pool.SendAsync(request, terms with { MayResend = false }, token).ConfigureAwait(false);
        }

        // The connection may be in another exchange by now.
        return engine.CallsForMore(response.StatusCode, terms.Settings)
            ? await FollowUps.BeginAsync(engine, response, finishing, terms, token).ConfigureAwait(false)
            : response;
    }

    /// <summary>True when the server had closed the connection before the request came, and the request may go on another one.</summary>
    private bool IsStale(HttpRequestMessage request, Exception cause, CancellationToken token) =>
        connection.Use.IsReused && connection.Received.IsEmpty && _informationalHeads == 0 && !token.IsCancellationRequested
        && engine.Options.ResendOnStaleConnection && !engine.IsStopped && ResendRules.MayResend(request, cause);

    private void WriteHead(HttpRequestMessage request, CancellationToken token)
    {
        try
        {
            token.ThrowIfCancellationRequested();
            RequestHead.Write(_send, request, pool.Head, CookieRules.GetField(engine.Cookies, request.RequestUri!));
        }
        catch (Exception e)
        {
            // Not a byte has left: the connection is as good as before.
            _send.Release();
            pool.Return(connection);
            if (e is UringException noMemory)
            {
                throw HttpErrors.NoSendBuffer(connection.Origin, noMemory);
            }

            throw;
        }

        _informationalHeads = 0;
        _firstByteAt = 0;
        connection.Move(ConnectionSide.Local, ConnectionEvent.Request);
        if (RequestHead.AnnouncesClose(request))
        {
            connection.Move(ConnectionSide.Local, ConnectionEvent.CloseAnnounced);
        }

        if (request.Content is null)
        {
            connection.Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        }
    }

    private ValueTask SendRequestAsync(RequestBody? body, CancellationToken token) => body is null
        ? connection.Transport.SendAsync(_send.Written, CancellationToken.None)
        : body.SendAsync(token);

    /// <summary>Tells the timer when the request has been sent, from where on the head is waited for.</summary>
    private async ValueTask SendInTimeAsync(RequestBody? body, ExchangeTimer timer, CancellationToken token)
    {
        await SendRequestAsync(body, token).ConfigureAwait(false);
        timer.OnRequestSent();
    }

    private ValueTask<int> ReceiveHeadAsync()
    {
        Memory<byte> room = connection.Received.GetRoom();
#if DEBUG
        // Debug makes rare paths common: the first bytes of a head come in small pieces.
        room = connection.Received.Count < 64 ? room[..Math.Min(room.Length, 16)] : room;
#endif
        return connection.Received.IsEmpty
            ? connection.Transport.ReceiveLaterAsync(room)
            : connection.Transport.ReceiveAsync(room, CancellationToken.None);
    }

    private void OnReceived(int count)
    {
        if (count == 0)
        {
            throw HttpErrors.EndedInHead(connection.Origin, connection.Received.Count);
        }

        connection.Received.Commit(count);
    }

    /// <summary>Parses what was received; null while the final head is not complete. Informational heads are passed over.</summary>
    private HttpResponseMessage? TryTakeHead(HttpRequestMessage request, RequestBody? body, ExchangeTerms terms)
    {
        while (!connection.Received.IsEmpty)
        {
            switch (_parser.Parse(connection.Received.Data, out int length))
            {
                case ParseStatus.NeedMore:
                    return null;
                case ParseStatus.Invalid:
                    throw HttpErrors.InvalidHead(connection.Origin, _parser.Error, _parser.ErrorOffset);
            }

            if (_parser.StatusCode is >= 200 or 101)
            {
                return TakeFinalHead(request, terms, length);
            }

            connection.Move(ConnectionSide.Peer, ConnectionEvent.InformationalResponse);
            OnInformational(request, body, terms.CallerIsOnLoop, connection.Received.Data[..length]);
            connection.Received.Consume(length);
            if (++_informationalHeads > MaxInformationalHeads)
            {
                throw HttpErrors.TooManyInformational(connection.Origin, MaxInformationalHeads);
            }
        }

        return null;
    }

    private RequestBody NewBody(HttpRequestMessage request, HttpContent content, ExchangeTerms terms)
    {
        ContinueGate? gate = request.Headers.ExpectContinue == true && request.Version != HttpVersion.Version10
            ? new ContinueGate(engine.Loop.Core, engine.Options.Expect100ContinueTimeout)
            : null;
        return new RequestBody(
            connection, content, _send, terms, gate, isChunked: request.Headers.TransferEncodingChunked == true);
    }

    /// <summary>An interim answer: what waited for it goes on, and a user who wants to know is told, where he is.</summary>
    private void OnInformational(HttpRequestMessage request, RequestBody? body, bool callerIsOnLoop, ReadOnlySpan<byte> head)
    {
        if (_parser.StatusCode == 100)
        {
            body?.Gate?.OnContinue();
        }

        if (engine.Options.InformationalResponseReceived is not { } tell)
        {
            return;
        }

        HttpResponseMessage response = _responseHead.Create(_parser, head, request, new ByteArrayContent([]));
        if (callerIsOnLoop)
        {
            engine.Loop.PostUserCode(static told => ((Action)told!)(), () => tell(response));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.tell(told.response), (tell, response), preferLocal: false);
        }
    }

    private void Report(HttpRequestMessage request, ExchangeTerms terms)
    {
        UringHttpConnectionInfo info = connection.Record.Report(
            connection.Use.IsReused, _beganAt - terms.BeganAt, _firstByteAt - _beganAt);
        request.Options.Set(UringHttpRequestOptions.ConnectionInfo, info);
    }

    private HttpResponseMessage TakeFinalHead(HttpRequestMessage request, ExchangeTerms terms, int length)
    {
        if (terms.Settings.ReportsConnection)
        {
            Report(request, terms);
        }

        ReadOnlySpan<byte> head = connection.Received.Data[..length];
        HeaderView fields = _parser.View(head);
        MethodKind method = MethodKinds.Of(RequestHead.GetName(request.Method).AsSpan());
        bool isFramed = BodyFraming.TryFromResponse(
            method, _parser.StatusCode, _parser.Version, fields, out BodyFraming framing, out HttpProtocolError error);
        if (!isFramed)
        {
            throw HttpErrors.InvalidHead(connection.Origin, error, length);
        }

        if (_parser.StatusCode == 101 || (method == MethodKind.Connect && _parser.StatusCode is >= 200 and < 300))
        {
            return TakeSwitch(request, head);
        }

        connection.Move(ConnectionSide.Peer, ConnectionEvent.Response);
        if (framing.Kind == FramingKind.UntilClose || !KeepAlive.IsKept(_parser.Version, fields))
        {
            connection.Move(ConnectionSide.Peer, ConnectionEvent.CloseAnnounced);
        }

        if (fields.TryGet(KnownHeader.KeepAlive, out ReadOnlySpan<byte> keepAlive))
        {
            connection.Use.OnKeepAlive(keepAlive);
        }

        connection.Body = new BodyRuns(framing, engine.Limits);
        var body = new ResponseBodyStream(connection, framing.IsEmpty);
        HttpResponseMessage response = _responseHead.Create(_parser, head, request, new ResponseContent(body));
        body.Response = response;
        engine.OnHead(response, fields, terms.Settings);
        connection.Timer?.OnHead();
        connection.Received.Consume(length);
        if (framing.IsEmpty)
        {
            connection.Move(ConnectionSide.Peer, ConnectionEvent.EndOfMessage);
        }
        else if (framing.Kind != FramingKind.Length || framing.Length > connection.Received.Count)
        {
            connection.Received.Enlarge();
        }

        return response;
    }

    /// <summary>The connection speaks another protocol from here on, and is its user's until he closes it.</summary>
    private HttpResponseMessage TakeSwitch(HttpRequestMessage request, ReadOnlySpan<byte> head)
    {
        connection.Move(ConnectionSide.Peer, ConnectionEvent.SwitchProtocol);
        connection.Timer?.OnEnd();
        byte[] first = connection.Received.Data[head.Length..].ToArray();
        HttpResponseMessage response = _responseHead.Create(
            _parser, head, request, new ResponseContent(new UpgradedStream(connection, first)));
        connection.Received.Release();
        return response;
    }

    /// <summary>
    /// The head is there: settles what is left of the request. Returns the end of the sending, which never fails, when it goes on.
    /// </summary>
    private Task? Deliver(HttpResponseMessage response, ValueTask sending, RequestBody? body)
    {
        Task? finishing = null;
        if (sending.IsCompletedSuccessfully)
        {
            sending.GetAwaiter().GetResult();
            OnRequestSent(body);
        }
        else
        {
            body?.Gate?.OnFinalStatus((int)response.StatusCode);
            if (!response.IsSuccessStatusCode && body is not null)
            {
                body.Abort(); // the server has heard enough (413, say)
                _abandoned = true;
            }

            finishing = FinishSendingAsync(sending, body);
        }

        // Sending that has ended meanwhile has released the connection: it may be in another exchange.
        if (finishing is not { IsCompleted: true })
        {
            connection.ReleaseWhenDone();
        }

        return finishing;
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
            connection.Move(ConnectionSide.Local, ConnectionEvent.Fault);
            OnSendingFailed();
        }

        connection.ReleaseWhenDone();
    }

    private void OnRequestSent(RequestBody? body)
    {
        _sending = false;
        _send.Release();
        if (body is not null)
        {
            connection.Move(ConnectionSide.Local, ConnectionEvent.EndOfMessage);
        }
    }

    /// <summary>Nobody writes the request any more. But the kernel may still have its block, until the socket is closed.</summary>
    private void OnSendingFailed()
    {
        _sending = false;
        if (connection.IsClosed)
        {
            _send.Release();
        }
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
        _ when connection.Timer?.Failure is { } timeout => HttpErrors.TimedOut(timeout),
        _ when body?.ContentFailure is { } failure => failure,
        HttpRequestException => cause,
        _ when engine.Loop.Core.IsStopping => HttpErrors.Disposed(),
        IOException or ObjectDisposedException => HttpErrors.ConnectionFailed(connection.Origin, cause),
        _ => cause,
    };
}
