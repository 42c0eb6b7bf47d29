namespace UringHttp;

/// <summary>
/// Takes the heads of an answer out of what a connection has received: informational ones, and the final one, which says how its body
/// is framed and whether the connection is kept. Used for one exchange after the other. Loop thread.
/// </summary>
internal sealed class HeadReader(HttpLimits limits)
{
    /// <summary>Informational heads that one exchange may have before its final one.</summary>
    private const int MaxInformational = 100;

    private readonly ResponseHeadParser _parser = new(limits);
    private ClientConnection _connection = null!;
    private int _informational;

    // When the exchange began, and when its first bytes came: on the loop's clock, where somebody wants to know.
    private long _beganAt;
    private long _firstByteAt;

    /// <summary>The status of the head that was taken last.</summary>
    internal int StatusCode => _parser.StatusCode;

    /// <summary>Whether the present exchange has been answered by something, if not finally.</summary>
    internal bool HasInformational => _informational > 0;

    /// <summary>The next heads are those of this connection.</summary>
    internal void Attach(ClientConnection connection) => _connection = connection;

    /// <summary>There is no connection: what is kept for another one must not keep the last.</summary>
    internal void Detach() => _connection = null!;

    /// <summary>The heads of another exchange are to come, whose request is sent now.</summary>
    internal void Begin(ExchangeCaller caller)
    {
        _informational = 0;
        _firstByteAt = 0;
        _beganAt = caller.Terms.Settings.ReportsConnection ? _connection.Record.Clock : 0;
    }

    /// <summary>As <see cref="Begin"/>, for a request that was sent before. Its first bytes may have come with those of another.</summary>
    internal void BeginSent(ExchangeCaller caller, long sentAt)
    {
        Begin(caller);
        if (_beganAt != 0)
        {
            _firstByteAt = _connection.Received.IsEmpty ? 0 : _beganAt;
            _beganAt = sentAt;
        }
    }

    /// <summary>Bytes have come.</summary>
    internal void OnReceived()
    {
        if (_beganAt != 0 && _firstByteAt == 0)
        {
            _firstByteAt = _connection.Record.Clock;
        }
    }

    /// <summary>Parses what was received; false while the final head is not complete. Informational heads are passed over.</summary>
    internal bool TryTake(ExchangeCaller caller, RequestBody? body)
    {
        while (!_connection.Received.IsEmpty)
        {
            switch (_parser.Parse(_connection.Received.Data, out int length))
            {
                case ParseStatus.NeedMore:
                    return false;
                case ParseStatus.Invalid:
                    throw HttpErrors.InvalidHead(_connection.Route, _parser.Error, _parser.ErrorOffset);
            }

            if (_parser.StatusCode is >= 200 or 101)
            {
                TakeFinal(caller, length);
                return true;
            }

            TakeInformational(caller, body, length);
        }

        return false;
    }

    /// <summary>An interim answer: what waited for it goes on, and the caller may want to know.</summary>
    private void TakeInformational(ExchangeCaller caller, RequestBody? body, int length)
    {
        _connection.Move(ConnectionSide.Peer, ConnectionEvent.InformationalResponse);
        if (_parser.StatusCode == 100)
        {
            body?.Gate?.OnContinue();
        }

        caller.OnInformational(_parser, _connection.Received.Data[..length]);
        _connection.Received.Consume(length);
        if (++_informational > MaxInformational)
        {
            throw HttpErrors.TooManyInformational(_connection.Route, MaxInformational);
        }
    }

    private void TakeFinal(ExchangeCaller caller, int length)
    {
        if (_beganAt != 0)
        {
            caller.OnReport(_connection.Record.Report(
                _connection.Use.IsReused, _beganAt - caller.Terms.BeganAt, _firstByteAt - _beganAt));
        }

        ReadOnlySpan<byte> head = _connection.Received.Data[..length];
        HeaderView fields = _parser.View(head);
        MethodKind method = caller.Method;
        bool isFramed = BodyFraming.TryFromResponse(
            method, _parser.StatusCode, _parser.Version, fields, out BodyFraming framing, out HttpProtocolError error);
        if (!isFramed)
        {
            throw HttpErrors.InvalidHead(_connection.Route, error, length);
        }

        if (_parser.StatusCode == 101 || (method == MethodKind.Connect && _parser.StatusCode is >= 200 and < 300))
        {
            TakeSwitch(caller, head);
            return;
        }

        _connection.Move(ConnectionSide.Peer, ConnectionEvent.Response);
        if (framing.Kind == FramingKind.UntilClose || !KeepAlive.IsKept(_parser.Version, fields))
        {
            _connection.Move(ConnectionSide.Peer, ConnectionEvent.CloseAnnounced);
            _connection.Pipeline?.OnCloseAnnounced();
        }

        _connection.SpeaksHttp11 = _parser.Version == ProtocolVersion.Http11;
        if (fields.TryGet(KnownHeader.KeepAlive, out ReadOnlySpan<byte> keepAlive))
        {
            _connection.Use.OnKeepAlive(keepAlive);
        }

        _connection.Body = new BodyRuns(framing, limits);
        caller.OnHead(_connection, _parser, head, hasBody: !framing.IsEmpty);
        _connection.Timer?.OnHead();
        _connection.Received.Consume(length);
        if (framing.IsEmpty)
        {
            _connection.Move(ConnectionSide.Peer, ConnectionEvent.EndOfMessage);
        }
        else if (framing.Kind != FramingKind.Length || framing.Length > _connection.Received.Count)
        {
            _connection.Received.Enlarge();
        }
    }

    /// <summary>The connection speaks another protocol from here on, and is its user's until he closes it.</summary>
    private void TakeSwitch(ExchangeCaller caller, ReadOnlySpan<byte> head)
    {
        _connection.Move(ConnectionSide.Peer, ConnectionEvent.SwitchProtocol);
        _connection.Timer?.OnEnd();
        byte[] first = _connection.Received.Data[head.Length..].ToArray();
        caller.OnSwitch(_connection, _parser, head, first);
        _connection.Received.Release();
    }
}
