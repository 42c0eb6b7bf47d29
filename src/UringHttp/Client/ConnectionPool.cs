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
    private readonly HttpClientEngine _engine;
    private readonly List<ClientConnection> _idle = [];
    private readonly LinkedList<LoopWaiter<ClientConnection?>> _waiters = new();
    private readonly LoopTimer _expire;
    private int _slots;

    internal ConnectionPool(HttpClientEngine engine, Route route)
    {
        _engine = engine;
        Route = route;
        Head = new HeadPreset(
            route.Origin.EncodeHostField(), route.IsForwarded, route.IsForwarded ? route.Proxy!.Authorize() : null);
        _expire = new LoopTimer(CloseExpired);
    }

    internal Route Route { get; }

    /// <summary>What its requests have in common.</summary>
    internal HeadPreset Head { get; }

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

    /// <summary>Sends a request on a connection that is not idle yet: a new one, or the next that comes free.</summary>
    internal async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        ClientConnection connection = _engine.Metrics.TimeInQueue.Enabled
            ? await RentMeasuredAsync(request, terms, token).ConfigureAwait(false)
            : await RentAsync(request, terms, token).ConfigureAwait(false);
        return await connection.Exchange.SendAsync(request, terms, token).ConfigureAwait(false);
    }

    private async ValueTask<ClientConnection> RentMeasuredAsync(
        HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            return await RentAsync(request, terms, token).ConfigureAwait(false);
        }
        finally
        {
            ConnectionMeasure.OnLeftQueue(_engine.Metrics, Route, request, began);
        }
    }

    /// <summary>A connection for one exchange when none is idle: a new one, or the next that comes free.</summary>
    private ValueTask<ClientConnection> RentAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        if (_slots < Options.MaxConnectionsPerServer)
        {
            _slots++;
            return ConnectAsync(request, terms, token);
        }

        return WaitAsync(request, terms, token);
    }

    /// <summary>Takes a connection whose exchange has ended well: for the first waiter, or to keep.</summary>
    internal void Return(ClientConnection connection)
    {
        connection.OnIdle(Loop.Now);
        if (!connection.IsFresh)
        {
            connection.Close();
        }
        else if (TryTakeWaiter(out LoopWaiter<ClientConnection?>? waiter))
        {
            connection.OnRented();
            waiter.TryGive(connection);
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
        if (TryTakeWaiter(out LoopWaiter<ClientConnection?>? waiter))
        {
            _slots++;
            waiter.TryGive(null);
        }
        else if (_slots == 0)
        {
            Loop.Timers.Remove(_expire);
            _engine.Forget(this);
        }
    }

    /// <summary>Closes what is idle and fails what waits. Exchanges under way go on.</summary>
    internal void Stop()
    {
        while (TryTakeWaiter(out LoopWaiter<ClientConnection?>? waiter))
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
    private async ValueTask<ClientConnection> WaitAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        var waiter = new LoopWaiter<ClientConnection?>(_engine.Loop);
        LinkedListNode<LoopWaiter<ClientConnection?>> place = _waiters.AddLast(waiter);
        ClientConnection? given;
        try
        {
            given = await waiter.WaitAsync(token).ConfigureAwait(false);
        }
        catch
        {
            if (place.List is not null)
            {
                _waiters.Remove(place);
            }

            throw;
        }

        return given ?? await ConnectAsync(request, terms, token).ConfigureAwait(false);
    }

    /// <summary>Makes a connection in a slot that the caller has taken.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ClientConnection> ConnectAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        try
        {
            var record = new ConnectionRecord(Loop);
            Transport transport = await _engine.Connector
                .ConnectAsync(Route, request, terms.Settings.ConnectTimeout, record, token)
                .ConfigureAwait(false);
            return new ClientConnection(_engine, this, transport, record);
        }
        catch
        {
            ReleaseSlot();
            throw;
        }
    }

    private bool TryTakeWaiter([NotNullWhen(true)] out LoopWaiter<ClientConnection?>? waiter)
    {
        while ((waiter = _waiters.First?.Value) is not null)
        {
            _waiters.RemoveFirst();
            if (waiter.IsWaiting)
            {
                return true;
            }
        }

        return false;
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
}
