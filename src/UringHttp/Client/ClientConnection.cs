using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// One connection to an origin, from when it is made to when the kernel has let go of it: it is busy with an exchange, lends itself to
/// the response's body until that is read, and is idle in between. Loop thread, but for the members that say otherwise.
/// </summary>
internal sealed class ClientConnection
{
    private readonly HttpClientEngine _engine;
    private readonly ConnectionPool _pool;
    private readonly ConnectionState _state = new(ConnectionRole.Client);
    private readonly IdleWatch _watch;
    private ClientExchange? _exchange;

    /// <summary>What is told of it; null when nobody listens.</summary>
    private readonly ConnectionMeasure? _measure;
    private ConnectionUse _use;
    private bool _closing;

    internal ClientConnection(HttpClientEngine engine, ConnectionPool pool, Transport transport, ConnectionRecord record)
    {
        _engine = engine;
        _pool = pool;
        Transport = transport;
        Record = record;
        _measure = ConnectionMeasure.TryBegin(engine.Metrics, pool.Route, record.Remote);
        _use = new ConnectionUse(Loop.Now);
        _watch = new IdleWatch(this);
    }

    /// <summary>A response that was dropped without being disposed takes its connection with it; the slot must not go too.</summary>
    ~ClientConnection() => _engine?.Loop.PostAlways(static connection => ((ClientConnection)connection!).Close(), this);

    internal Transport Transport { get; }

    /// <summary>How it came about.</summary>
    internal ConnectionRecord Record { get; }

    /// <summary>Who keeps it from the pool between exchanges; null for nobody.</summary>
    internal ConnectionPin? Pin { get; set; }

    /// <summary>Makes the heads of its responses.</summary>
    internal ResponseHead ResponseHead => _pool.ResponseHead;

    /// <summary>What it is used for now, or next.</summary>
    internal ClientExchange Exchange => _exchange ??= _engine.Exchanges.Rent(this, _pool);

    /// <summary>Its requests that do not wait for the answers to earlier ones; null when no such one ever was on it.</summary>
    internal Pipeline? Pipeline { get; private set; }

    /// <summary>Whether its last response was of HTTP/1.1. One that was, and is used again, is kept for certain.</summary>
    internal bool SpeaksHttp11 { get; set; }

    /// <summary>Whether another request may be sent before the present one is answered.</summary>
    internal bool MayPipeline => SpeaksHttp11 && _state.IsKeptAlive && !IsClosing && IsFresh;

    /// <summary>True when it is to be closed: nothing new is begun on it.</summary>
    internal bool IsClosing => Transport.IsClosing;

    /// <summary>True when the kernel has let go of everything.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>How old and how used it is.</summary>
    internal ref ConnectionUse Use => ref _use;

    /// <summary>What has come for the present exchange: as <see cref="Body"/>, there until that has ended.</summary>
    internal ReceivedBuffer Received => _exchange!.Received;

    /// <summary>The body of the present response: its stream's, as long as that has not ended.</summary>
    internal ref BodyRuns Body => ref _exchange!.Body;

    internal Route Route => _pool.Route;

    internal Origin Origin => Route.Origin;

    /// <summary>Since when it is idle, in nanoseconds of the loop's clock.</summary>
    internal long IdleSince => _use.IdleSince;

    /// <summary>False when it has lived long enough, or the server may be about to close it.</summary>
    internal bool IsFresh => _use.IsFresh(Loop.Now, _engine.Options.PooledConnectionLifetime);

    private LoopCore Loop => _engine.Loop.Core;

    /// <summary>The body of the response is read to its end. Any thread.</summary>
    internal void OnResponseRead()
    {
        if (Loop.IsLoopThread)
        {
            EndResponse();
        }
        else
        {
            _engine.Loop.PostAlways(static connection => ((ClientConnection)connection!).EndResponse(), this);
        }
    }

    /// <summary>What its exchange may be ended by when it takes too long; null when no exchange on it ever had a limit.</summary>
    internal ExchangeTimer? Timer { get; private set; }

    /// <summary>An exchange that has limits begins.</summary>
    internal ExchangeTimer BeginTimer(ExchangeTerms terms)
    {
        Timer ??= new ExchangeTimer(Loop, this);
        Timer.OnExchange(terms);
        return Timer;
    }

    /// <summary>Begins with a request that others may follow before it is answered. False where that may not be: it goes alone.</summary>
    internal bool TryOpenPipeline(ExchangeCaller caller)
    {
        if (!SpeaksHttp11 || !_pool.Pipelines.IsTrusted(Loop.Now))
        {
            return false;
        }

        Pipeline ??= new Pipeline(_engine, _pool, this);
        Pipeline.Open(caller);
        return true;
    }

    /// <summary>Whether the rest of an unwanted body should be read, rather than the connection closed. For whoever has the body.</summary>
    internal bool MayDrain => !_engine.IsStopped && ResponseDrain.IsWorthwhile(Body, _engine.Options);

    /// <summary>Nobody wants the rest of the body: reads it in order to use the connection again. Any thread.</summary>
    internal void Drain() => _engine.Loop.PostAlways(static connection => _ = ((ClientConnection)connection!).DrainAsync(), this);

    private async Task DrainAsync()
    {
        Timer?.OnEnd();
        if (await ResponseDrain.RunAsync(this, _engine.Options).ConfigureAwait(false))
        {
            EndResponse();
        }
        else
        {
            Close();
        }
    }

    private void EndResponse()
    {
        Move(ConnectionSide.Peer, ConnectionEvent.EndOfMessage);
        ReleaseWhenDone();
    }

    /// <summary>Room for the body, within the blocks that were taken for it. Any thread that reads the body.</summary>
    internal Memory<byte> GetBodyRoom() => Received.GetRoomHere();

    /// <summary>Gives the connection back when both messages have ended, or closes it where it cannot carry another exchange.</summary>
    internal void ReleaseWhenDone()
    {
        bool isAnswering = _state.Peer is SideState.SendingBody or SideState.AwaitingResponse or SideState.SwitchedProtocol;
        if (_exchange is { IsSending: true } || isAnswering)
        {
            return;
        }

        // Bytes behind the response were not asked for: whatever they are, they would be taken for the next answer.
        bool hasBytes = _exchange is { Received.IsEmpty: false };
        if (!_state.IsReusable || Transport.IsClosing || !(Pipeline?.MayGoOn(hasBytes) ?? !hasBytes))
        {
            Close();
            return;
        }

        Timer?.OnEnd();
        if (Pipeline?.TryKeep() == true)
        {
            OnIdle(Loop.Now); // for no time at all
            return;
        }

        _exchange?.Received.Release();
        _pool.Return(this);
    }

    /// <summary>The request could not be sent to its end, though it is answered: no other exchange follows this one.</summary>
    internal void FailSending()
    {
        if (_state.IsReusable)
        {
            Close(); // the answer has been read, so nobody else will; a fault now would be the next exchange's
        }
        else
        {
            Move(ConnectionSide.Local, ConnectionEvent.Fault);
            ReleaseWhenDone();
        }
    }

    // Idle: no block is held, and no exchange; the peer's close is seen by a poll.

    /// <summary>Its exchange has ended, and another may follow.</summary>
    internal void OnIdle(long now) => _use.OnIdle(now);

    /// <summary>It waits in the pool from now on.</summary>
    internal void WatchIdle()
    {
        if (_exchange is not null)
        {
            _engine.Exchanges.Return(_exchange);
            _exchange = null;
        }

        _measure?.OnIdle();
        _watch.Begin();
    }

    /// <summary>It leaves the pool for an exchange.</summary>
    internal void OnRented()
    {
        _measure?.OnBusy();
        _watch.End();
    }

    /// <summary>The other side has ended it, or said what nobody asked for, while it was idle.</summary>
    internal void OnIdleEnded()
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
            _engine.Loop.PostAlways(static connection => ((ClientConnection)connection!).Close(), this);
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
        Pin?.OnClosed(this);
#pragma warning disable CA1816 // this is the end of its life, whatever the method is called
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
        _watch.End();
        Pipeline?.OnClosing();
        Timer?.OnClosing();
        Transport.Abort();
        Transport.WhenClosed(OnClosed);
    }

    /// <summary>The socket is closed, and the kernel has let go of all memory: gives back the blocks and the slot.</summary>
    private void OnClosed()
    {
        IsClosed = true;
        _measure?.OnClosed();
        _exchange?.OnConnectionClosed();
        Pipeline?.OnConnectionClosed();
        _pool.ReleaseSlot();
    }

    /// <summary>One step in the table of the connection's states.</summary>
    internal void Move(ConnectionSide side, ConnectionEvent happened, [CallerArgumentExpression(nameof(happened))] string? name = null)
    {
        if (!_state.Move(side, happened))
        {
            throw new InvalidOperationException($"{name} of {side} is not possible now ({_state}).");
        }
    }
}
