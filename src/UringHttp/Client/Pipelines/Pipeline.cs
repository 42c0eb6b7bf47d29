using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// The requests of one connection that do not wait for the answers to earlier ones (RFC 9112 §9.3.2). They leave together, at the end
/// of a turn, and get their answers in the order in which they left. A connection of a client that wants this has one, from when it is
/// known to be kept. Loop thread.
/// </summary>
/// <remarks>
/// While it is open, it has the connection: the pool gets that back when nothing is left to be answered. The exchange of a request
/// begins, for the table of the connection's states, when those before it are over; that its bytes left earlier is known here only.
/// </remarks>
internal sealed class Pipeline : MailboxItem
{
    private readonly HttpClientEngine _engine;
    private readonly ConnectionPool _pool;
    private readonly ClientConnection _connection;
    private readonly Queue<PipelinedRequest> _sent = new();
    private readonly Queue<PipelinedRequest> _unsent = new();
    private readonly Stack<PipelinedRequest> _free = new();
    private readonly SendBuffer _buffer;
    private readonly LoopTimer _headTimer;
    private readonly Action _onSent;
    private ValueTask _sending;
    private bool _isOpen;
    private bool _isSending;
    private bool _sendFailed;
    private bool _isQueued;

    /// <summary>True while a request that is not among the sent ones any more has its exchange.</summary>
    private bool _hasExchange;
    private int _answers;

    internal Pipeline(HttpClientEngine engine, ConnectionPool pool, ClientConnection connection)
    {
        _engine = engine;
        _pool = pool;
        _connection = connection;
        _buffer = new SendBuffer(Loop.Blocks, Loop.LargeBlocks);
        _headTimer = new LoopTimer(OnHeadDue);
        _onSent = OnSent;
        Self = new WeakReference<Pipeline>(this);
        pool.Pipelines.Add(this);
    }

    /// <summary>How the pool knows it.</summary>
    internal WeakReference<Pipeline> Self { get; }

    /// <summary>Requests that are in it: with their exchange, sent, or to be sent. Those that were given up after sending count.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether the connection may carry another exchange; bytes that are there already are its answer.</summary>
    internal bool MayGoOn(bool hasBytes) => !_sendFailed && (!hasBytes || _sent.Count > 0);

    private ReceivedBuffer Received => _connection.Exchange.Received;

    private LoopCore Loop => _engine.Loop.Core;

    /// <summary>Whether another request may be put behind those that are there.</summary>
    internal bool HasRoom(int depth) => _isOpen && !_sendFailed && Count < depth && _connection.MayPipeline;

    /// <summary>The connection is idle no more: a request begins on it, and others may follow.</summary>
    internal void Open(ExchangeCaller caller)
    {
        _isOpen = true;
        Add(caller);
    }

    /// <summary>Puts a request behind the others.</summary>
    internal void Add(ExchangeCaller caller)
    {
        if (!_free.TryPop(out PipelinedRequest? request))
        {
            request = new PipelinedRequest(this, _engine.Loop);
        }

        request.Take(caller);
        _unsent.Enqueue(request);
        Count++;
        Schedule();
    }

    /// <summary>The connection's exchange is over. True when it is not to go back to the pool yet.</summary>
    internal bool TryKeep()
    {
        if (_isOpen && _hasExchange)
        {
            _hasExchange = false;
            _answers++;
            Count--;
        }

        _isOpen &= Count > 0 || _isSending;
        if (_isOpen && Count > 0)
        {
            Schedule();
        }

        return _isOpen;
    }

    /// <summary>The end of the turn: what came up in it is sent in one go.</summary>
    internal override void Execute()
    {
        _isQueued = false;
        if (!_isOpen || _connection.IsClosing)
        {
            return; // what was left has gone elsewhere
        }

        // What is received from here on, within the turn, came before what is sent now: so that is first.
        if (TryBeginNext())
        {
            _connection.Exchange.Receive();
        }

        if (!_isOpen || _connection.IsClosing)
        {
            return; // all is answered, or failed
        }

        _pool.FillUp(this);
        Send();
        if (TryBeginNext())
        {
            _connection.Exchange.Receive();
        }
        else if (Count == 0 && !_isSending)
        {
            _connection.ReleaseWhenDone(); // all were given up, or could not be sent
        }
    }

    /// <summary>Begins the exchange of the request that was sent first, when the one before it is over.</summary>
    internal bool TryBeginNext()
    {
        if (!_isOpen || _hasExchange || _connection.IsClosing || !_sent.TryPeek(out PipelinedRequest? request))
        {
            return false;
        }

        if (Received.TotalConsumed < request.ReceivedBefore)
        {
            _connection.Close(); // what is in hand was there before the request: it is no answer to it, and what follows may be none
            return false;
        }

        _sent.Dequeue();

        ExchangeCaller? caller = request.Release();
        if (caller is { Token.IsCancellationRequested: true })
        {
            TellCanceled(caller);
            caller = null;
        }

        if (caller is null && !UnwantedAnswer.IsAllowed(_engine.Options))
        {
            _connection.Close();
            return false;
        }

        _hasExchange = true;
        _connection.Exchange.StartSent(
            caller ?? new UnwantedAnswer(_engine, request, _connection.Origin), request.SentAt, request.IsAhead);
        _free.Push(request);
        ScheduleHeadTimer();
        return true;
    }

    /// <summary>Whoever waits for a request's answer has given up. Before it was sent, it just leaves.</summary>
    internal void OnCanceled(PipelinedRequest request) => TellCanceled(GiveUp(request));

    // The end: of the connection's use (OnCloseAnnounced, OnFailed), of the connection (OnClosing), of the kernel's (OnConnectionClosed).

    /// <summary>The server says that the answer whose head has come is the last one. It may take long to read.</summary>
    internal void OnCloseAnnounced() => GiveBack(unheard: null, isBroken: _sent.Count > 0);

    /// <summary>The present exchange has failed.</summary>
    /// <param name="unheard">Its caller, when its request shares the fate of those behind it; else null.</param>
    /// <param name="isPeers">Whether it was the server, and not for a reason that has nothing to do with pipelines.</param>
    internal void OnFailed(ExchangeCaller? unheard, bool isPeers) => GiveBack(unheard, isPeers && (unheard is not null || _sent.Count > 0));

    internal void OnClosing()
    {
        GiveBack(unheard: null, isBroken: false);
        _pool.Pipelines.Remove(this);
        Loop.Timers.Remove(_headTimer);
    }

    /// <summary>The kernel has let go of all memory; but TLS may still have the buffer.</summary>
    internal void OnConnectionClosed()
    {
        if (!_isSending)
        {
            _buffer.Release();
        }
    }

    private void Schedule()
    {
        if (!_isQueued)
        {
            _isQueued = true;
            Loop.PostToEndOfTurn(this);
        }
    }

    private void Send()
    {
        if (_isSending || _sendFailed || _unsent.Count == 0)
        {
            return;
        }

        long now = Loop.Ring.Now;
        for (int left = _unsent.Count; left > 0; left--)
        {
            if (_unsent.TryDequeue(out PipelinedRequest? request)) // who is told of a failure may have closed the connection
            {
                Write(request, now);
            }
        }

        if (_buffer.Count == 0 || _connection.IsClosing)
        {
            _buffer.Release();
            return;
        }

        ScheduleHeadTimer();
        _isSending = true;
#pragma warning disable CA2012 // consumed once, in OnSent
        _sending = _connection.Transport.SendAsync(_buffer.Written, CancellationToken.None);
#pragma warning restore CA2012
        ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter awaiter = _sending.ConfigureAwait(false).GetAwaiter();
        if (awaiter.IsCompleted)
        {
            OnSent();
        }
        else
        {
            awaiter.UnsafeOnCompleted(_onSent);
        }
    }

    private void Write(PipelinedRequest request, long now)
    {
        if (request.Caller is not { } caller)
        {
            _free.Push(request); // given up, and counted off
            return;
        }

        try
        {
            caller.Token.ThrowIfCancellationRequested();
            if (!_hasExchange)
            {
                Received.GetRoom(); // what could not be answered is not sent; in an exchange there is a block
            }

            caller.WriteHead(_buffer, _pool.Head);
        }
        catch (Exception e)
        {
            // Not a byte of it has left: the others are as good as before.
            GiveUp(request);
            _free.Push(request);
            caller.Fail(e is UringException noMemory ? HttpErrors.NoSendBuffer(_connection.Origin, noMemory) : e);
            return;
        }

        request.OnSent(now, isAhead: _hasExchange || _sent.Count > 0, Received.TotalReceived);
        _sent.Enqueue(request);
    }

    private void OnSent()
    {
        _isSending = false;
        try
        {
            _sending.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // Answers to what was sent before may still come. What else there is to tell, the receive tells.
            _sendFailed = true;
            if (_connection.IsClosed)
            {
                _buffer.Release();
            }

            _connection.ReleaseWhenDone();
            return;
        }

        _buffer.Release();
        if (_isOpen && Count == 0)
        {
            _connection.ReleaseWhenDone(); // all is answered: it was kept for the send
        }
        else if (_unsent.Count > 0)
        {
            Schedule();
        }
    }

    private static void TellCanceled(ExchangeCaller caller) =>
        caller.Fail(new TaskCanceledException("The request was cancelled.", null, caller.Token));

    private ExchangeCaller GiveUp(PipelinedRequest request)
    {
        if (!request.IsSent)
        {
            Count--;
            Schedule(); // it may have been the last one
        }

        return request.Release()!;
    }

    /// <summary>Those that have no answer are sent again, elsewhere: they are GET and HEAD, and nothing is lost by it.</summary>
    private void GiveBack(ExchangeCaller? unheard, bool isBroken)
    {
        _isOpen = false;
        bool mayPipeline = !isBroken || _pool.Pipelines.OnBroken(Loop.Now, _answers);
        SendAgain(unheard, mayPipeline);
        while (_sent.TryDequeue(out PipelinedRequest? request) || _unsent.TryDequeue(out request))
        {
            SendAgain(request.Release(), mayPipeline);
        }
    }

    private void SendAgain(ExchangeCaller? caller, bool mayPipeline)
    {
        if (caller is not null)
        {
            caller.LostPlace = true;
            caller.PipelineDepth = mayPipeline ? caller.PipelineDepth : 1; // so it will come to an end, whatever the server does
            _pool.SendAgain(caller);
        }
    }

    // How long a server may take for the head of an answer counts from when the request was sent, also while others are before it.

    private void ScheduleHeadTimer()
    {
        long deadline = FindFirstWaiting()?.Deadline ?? LoopTimer.Never;
        if (deadline != LoopTimer.Never)
        {
            Loop.Timers.Set(_headTimer, deadline);
        }
        else
        {
            LoopTimers.Clear(_headTimer);
        }
    }

    private void OnHeadDue()
    {
        long now = Loop.Ring.Now;
        while (FindFirstWaiting() is { } request && request.Deadline <= now)
        {
            TimeSpan limit = request.Terms.Settings.ResponseHeadTimeout;
            GiveUp(request).Fail(HttpErrors.TimedOut(HttpErrors.HeadTooLate(_connection.Route, now - request.SentAt, limit)));
        }

        ScheduleHeadTimer();
    }

    /// <summary>The one whose time is up first: all requests of a client have the same limit.</summary>
    private PipelinedRequest? FindFirstWaiting()
    {
        foreach (PipelinedRequest request in _sent)
        {
            if (request.Caller is not null)
            {
                return request;
            }
        }

        return null;
    }
}
