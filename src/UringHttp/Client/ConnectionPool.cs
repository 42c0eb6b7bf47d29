using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// The connections of one route. A connection takes a slot from before it connects until it is closed; requests that find no slot
/// wait, first come first served. The connection used last is used first: it is the least likely to be closed by the server.
/// Loop thread.
/// </summary>
internal sealed class ConnectionPool
{
    /// <summary>
    /// A request that met a close was before all others, and waits for a slot and not for a connection that has served: it may be as
    /// stale as its last one.
    /// </summary>
    private const long TicketOfResent = 0;

    /// <summary>A request that was behind others, on a connection that ended, has waited: it is before all that have not had one.</summary>
    private const long TicketOfLostPlace = 1;

    private readonly HttpClientEngine _engine;
    private readonly List<ClientConnection> _idle = [];
    private readonly LinkedList<(LoopWaiter<Given> Waiter, long Ticket, ExchangeCaller Caller)> _waiters = new();

    /// <summary>Requests whose connection has ended before their answer was next.</summary>
    private readonly Queue<ExchangeCaller> _again = new();
    private readonly LoopTimer _expire;
    private bool _isSendingAgain;
    private int _slots;

    internal ConnectionPool(HttpClientEngine engine, Route route)
    {
        _engine = engine;
        Route = route;
        Head = new HeadPreset(route.Origin.EncodeHostField(), route.IsForwarded, engine.Options.RequestHeaderEncodingSelector);
        ResponseHead = new ResponseHead(engine.Options.ResponseHeaderEncodingSelector);
        _expire = new LoopTimer(CloseExpired);
    }

    internal Route Route { get; }

    /// <summary>What its requests have in common.</summary>
    internal HeadPreset Head { get; }

    /// <summary>Makes the heads of their responses.</summary>
    internal ResponseHead ResponseHead { get; }

    /// <summary>Its connections that have more than one request at a time.</summary>
    internal PipelineSet Pipelines { get; } = new();

    private LoopCore Loop => _engine.Loop.Core;

    private UringHttpHandlerOptions Options => _engine.Options;

    /// <summary>An idle connection for one exchange; null when there is none.</summary>
    internal ClientConnection? TryRentIdle()
    {
        while (_idle.Count > 0)
        {
            ClientConnection connection = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            if (connection.IsFresh)
            {
                connection.OnRented();
                return connection;
            }

            connection.Close();
        }

        return null;
    }

    /// <summary>
    /// Sends a request on a connection that is not idle yet: a new one, behind others on one, or the next that comes free. Never fails.
    /// </summary>
    internal Task SendAsync(ExchangeCaller caller)
    {
        bool hasSlot = TryTakeSlot();
        return !hasSlot && TryPutBehind(caller) ? Task.CompletedTask : RentAndSendAsync(caller, hasSlot);
    }

    /// <summary>Sends a request whose connection has ended before its answer was next. Not at once: users' code may be running.</summary>
    internal void SendAgain(ExchangeCaller caller)
    {
        _again.Enqueue(caller);
        if (!_isSendingAgain)
        {
            _isSendingAgain = true; // so long the pool is not forgotten
            _engine.Loop.PostAlways(static pool => ((ConnectionPool)pool!).SendAgain(), this);
        }
    }

    private void SendAgain()
    {
        while (_again.TryDequeue(out ExchangeCaller? caller))
        {
            if (_engine.IsStopped)
            {
                caller.Fail(HttpErrors.Disposed());
            }
            else if (TryRentIdle() is { } connection)
            {
                connection.Exchange.Start(caller);
            }
            else
            {
                _ = SendAsync(caller);
            }
        }

        _isSendingAgain = false;
        ForgetIfUnused();
    }

    private async Task RentAndSendAsync(ExchangeCaller caller, bool hasSlot)
    {
        ClientConnection? connection;
        try
        {
            connection = _engine.Metrics.TimeInQueue.Enabled
                ? await RentMeasuredAsync(caller, hasSlot).ConfigureAwait(false)
                : await RentAsync(caller, hasSlot).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            caller.Fail(e);
            return;
        }

        connection?.Exchange.Start(caller);
    }

    private async ValueTask<ClientConnection?> RentMeasuredAsync(ExchangeCaller caller, bool hasSlot)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            return await RentAsync(caller, hasSlot).ConfigureAwait(false);
        }
        finally
        {
            ConnectionMeasure.OnLeftQueue(_engine.Metrics, Route, caller.Message, began);
        }
    }

    /// <summary>A connection for one exchange when none is idle: a new one, or the next that comes free.</summary>
    internal async Task<ClientConnection> RentAsync(ExchangeCaller caller) =>
        (await RentAsync(caller, TryTakeSlot()).ConfigureAwait(false))!; // who asks for a connection is put behind nobody

    /// <summary>As the other one; null when the request was put behind others meanwhile.</summary>
    private ValueTask<ClientConnection?> RentAsync(ExchangeCaller caller, bool hasSlot) =>
        hasSlot ? ConnectAsync(caller) : WaitAsync(caller);

    private bool TryTakeSlot()
    {
        bool hasSlot = _slots < Options.MaxConnectionsPerServer && _engine.Slots.TryTake();
        _slots += hasSlot ? 1 : 0;
        return hasSlot;
    }

    /// <summary>Puts a request behind others, before any of them is answered, where nobody has to wait for that.</summary>
    private bool TryPutBehind(ExchangeCaller caller)
    {
        if (!MayPutBehind(caller) || _engine.Slots.IsAwaitedBefore(long.MaxValue))
        {
            return false;
        }

        DropEndedWaiters();
        if (_waiters.Count > 0 || Pipelines.FindRoom(caller.PipelineDepth) is not { } pipeline)
        {
            return false;
        }

        pipeline.Add(caller);
        return true;
    }

    /// <summary>Puts behind the requests of a pipeline those that wait, as far as they may and it has room.</summary>
    internal void FillUp(Pipeline pipeline)
    {
        DropEndedWaiters();
        while (_waiters.First is { Value: var (waiter, ticket, caller) }
            && MayPutBehind(caller) && pipeline.HasRoom(caller.PipelineDepth) && !_engine.Slots.IsAwaitedBefore(ticket))
        {
            _waiters.RemoveFirst();
            waiter.TryGive(new Given(null, IsPlace: true));
            pipeline.Add(caller);
            DropEndedWaiters();
        }
    }

    private bool MayPutBehind(ExchangeCaller caller) => caller.PipelineDepth > 1 && !caller.WasResent && Pipelines.IsTrusted(Loop.Now);

    /// <summary>Takes a connection whose exchange has ended well: for the first waiter, or to keep.</summary>
    internal void Return(ClientConnection connection)
    {
        connection.OnIdle(Loop.Now);
        if (connection.Pin is { } pin)
        {
            pin.OnReturned();
        }
        else if (!connection.IsFresh || IsAwaitedByResent || _engine.Slots.IsAwaitedBefore(_waiters.First?.Value.Ticket ?? long.MaxValue))
        {
            connection.Close();
        }
        else if (TryTakeWaiter(out LoopWaiter<Given>? waiter))
        {
            connection.OnRented();
            waiter.TryGive(new Given(connection, IsPlace: false));
        }
        else if (_engine.IsStopped || Options.PooledConnectionIdleTimeout == TimeSpan.Zero)
        {
            connection.Close();
        }
        else
        {
            _idle.Add(connection);
            connection.WatchIdle();
            ScheduleExpiry();
        }
    }

    /// <summary>An idle connection has ended: the peer closed it, or said something unasked.</summary>
    internal void RemoveIdle(ClientConnection connection) => _idle.Remove(connection);

    /// <summary>A slot is free: its connection is closed, or was never made.</summary>
    internal void ReleaseSlot()
    {
        _slots--;
        DropEndedWaiters();
        if (_waiters.First is { } first)
        {
            _engine.Slots.Await(this, first.Value.Ticket); // it may have had no claim until now
        }

        _engine.Slots.Release();
        ForgetIfUnused();
    }

    private void ForgetIfUnused()
    {
        if (_slots == 0 && _waiters.Count == 0 && !_isSendingAgain)
        {
            Loop.Timers.Remove(_expire);
            _engine.Forget(this);
        }
    }

    /// <summary>
    /// The ticket of the request that waits the longest for a connection of its own; <see cref="long.MaxValue"/> when none may have one.
    /// </summary>
    internal long FirstTicket
    {
        get
        {
            DropEndedWaiters();
            return _slots < Options.MaxConnectionsPerServer ? _waiters.First?.Value.Ticket ?? long.MaxValue : long.MaxValue;
        }
    }

    /// <summary>A slot is there: that request connects in it.</summary>
    internal void UseSlot()
    {
        _slots++;
        if (!TryTakeWaiter(out LoopWaiter<Given>? waiter) || !waiter.TryGive(default))
        {
            throw new UnreachableException("A slot was given to a pool in which nobody waits.");
        }
    }

    /// <summary>Since when its longest idle connection is idle; <see cref="long.MaxValue"/> when none is.</summary>
    internal long OldestIdle => _idle.Count > 0 ? _idle[0].IdleSince : long.MaxValue;

    /// <summary>Another origin needs the slot of the connection that has been idle the longest.</summary>
    internal void CloseOldestIdle()
    {
        ClientConnection connection = _idle[0];
        _idle.RemoveAt(0);
        connection.Close();
    }

    /// <summary>Closes what is idle and fails what waits. Exchanges under way go on.</summary>
    internal void Stop()
    {
        while (TryTakeWaiter(out LoopWaiter<Given>? waiter))
        {
            waiter.TryFail(HttpErrors.Disposed());
        }

        foreach (ClientConnection connection in _idle.ToArray())
        {
            _idle.Remove(connection);
            connection.Close();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ClientConnection?> WaitAsync(ExchangeCaller caller)
    {
        var waiter = new LoopWaiter<Given>(_engine.Loop);
        LinkedListNode<(LoopWaiter<Given>, long, ExchangeCaller)> place = Line(caller, waiter, out long ticket);
        if (_slots < Options.MaxConnectionsPerServer)
        {
            _engine.Slots.Await(this, ticket);
            _engine.CloseOldestIdle();
        }

        Given given;
        try
        {
            given = await waiter.WaitAsync(caller.Token).ConfigureAwait(false);
        }
        catch
        {
            if (place.List is not null)
            {
                _waiters.Remove(place);
            }

            ForgetIfUnused(); // under a limit for all origins, a pool may have had no slot, and no more than this request
            throw;
        }

        return given.Connection is not null || given.IsPlace ? given.Connection : await ConnectAsync(caller).ConfigureAwait(false);
    }

    /// <summary>Gives a request its place in the line, which is in the order of tickets.</summary>
    private LinkedListNode<(LoopWaiter<Given>, long, ExchangeCaller)> Line(ExchangeCaller caller, LoopWaiter<Given> waiter, out long ticket)
    {
        if (caller.WasResent)
        {
            ticket = TicketOfResent;
            return _waiters.AddFirst((waiter, ticket, caller));
        }

        if (!caller.LostPlace)
        {
            ticket = _engine.Slots.NextTicket();
            return _waiters.AddLast((waiter, ticket, caller));
        }

        ticket = TicketOfLostPlace;
        LinkedListNode<(LoopWaiter<Given> Waiter, long Ticket, ExchangeCaller Caller)>? next = _waiters.First;
        while (next is { Value.Ticket: <= TicketOfLostPlace })
        {
            next = next.Next;
        }

        return next is null ? _waiters.AddLast((waiter, ticket, caller)) : _waiters.AddBefore(next, (waiter, ticket, caller));
    }

    /// <summary>Makes a connection in a slot that the caller has taken.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ClientConnection?> ConnectAsync(ExchangeCaller caller)
    {
        try
        {
            var record = new ConnectionRecord(Loop);
            Transport transport = await _engine.Connector
                .ConnectAsync(Route, caller.Message, caller.Terms.Settings.ConnectTimeout, record, caller.Token)
                .ConfigureAwait(false);
            return new ClientConnection(_engine, this, transport, record);
        }
        catch
        {
            ReleaseSlot();
            throw;
        }
    }

    private bool IsAwaitedByResent
    {
        get
        {
            DropEndedWaiters();
            return _waiters.First is { Value.Ticket: TicketOfResent };
        }
    }

    /// <summary>The first in line, ended or not: who has something to give has looked whether anybody waits, which drops those.</summary>
    private bool TryTakeWaiter([NotNullWhen(true)] out LoopWaiter<Given>? waiter)
    {
        waiter = _waiters.First?.Value.Waiter;
        if (waiter is null)
        {
            return false;
        }

        _waiters.RemoveFirst();
        return true;
    }

    /// <summary>Those that have given up may not have left the line yet.</summary>
    private void DropEndedWaiters()
    {
        while (_waiters.First is { Value.Waiter.IsWaiting: false })
        {
            _waiters.RemoveFirst();
        }
    }

    private void ScheduleExpiry()
    {
        if (Options.PooledConnectionIdleTimeout != Timeout.InfiniteTimeSpan && _expire.Deadline == LoopTimer.Never)
        {
            Loop.Timers.Set(_expire, LoopTimer.Add(_idle[0].IdleSince, Options.PooledConnectionIdleTimeout));
        }
    }

    /// <summary>The list is in the order in which connections became idle, so the expired ones are at its front.</summary>
    private void CloseExpired()
    {
        while (_idle.Count > 0 && LoopTimer.Add(_idle[0].IdleSince, Options.PooledConnectionIdleTimeout) <= Loop.Now)
        {
            ClientConnection connection = _idle[0];
            _idle.RemoveAt(0);
            connection.Close();
        }

        if (_idle.Count > 0)
        {
            ScheduleExpiry();
        }
    }

    /// <summary>What a request got that has waited: a connection, a place behind others on one, or else a slot to make one in.</summary>
    private readonly record struct Given(ClientConnection? Connection, bool IsPlace);
}
