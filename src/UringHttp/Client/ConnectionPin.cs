using System.Security.Authentication.ExtendedProtection;

namespace UringHttp;

/// <summary>
/// Keeps one connection for several exchanges of one caller: a handshake authenticates a connection, so its legs must not be spread over
/// a pool. Loop thread, but for the members that say otherwise.
/// </summary>
internal sealed class ConnectionPin(HttpClientEngine engine, ConnectionPool pool)
{
    private ClientConnection? _connection;
    private LoopWaiter<bool>? _waiter;
    private bool _isFree;

    /// <summary>Where the connection is from.</summary>
    internal ConnectionPool Pool => pool;

    /// <summary>What binds a proof to the connection's TLS; null without TLS.</summary>
    internal ChannelBinding? ChannelBinding => _connection?.Transport.ChannelBinding;

    /// <summary>Takes a connection.</summary>
    internal async Task AcquireAsync(ExchangeCaller caller)
    {
        Use(pool.TryRentIdle() ?? await pool.RentAsync(caller).ConfigureAwait(false));
        _isFree = true;
    }

    /// <summary>Sends a request on it, when its last exchange is over. Never fails.</summary>
    internal async Task SendAsync(ExchangeCaller caller)
    {
        ClientConnection connection;
        try
        {
            if (!_isFree && _connection is not null)
            {
                _waiter = new LoopWaiter<bool>(engine.Loop);
                await _waiter.WaitAsync(caller.Token).ConfigureAwait(false);
            }

            connection = _connection ?? throw HttpErrors.HandshakeCutOff(pool.Route.Origin);
        }
        catch (Exception e)
        {
            caller.Fail(e);
            return;
        }

        _isFree = false;
        connection.Exchange.Start(caller);
    }

    /// <summary>An exchange goes on this connection: on another one than the last, where it was sent again.</summary>
    internal void Use(ClientConnection connection)
    {
        _connection = connection;
        connection.Pin = this;
    }

    /// <summary>The connection's exchange has ended well.</summary>
    internal void OnReturned()
    {
        _isFree = true;
        _waiter?.TryGive(true);
    }

    /// <summary>A connection is closed.</summary>
    internal void OnClosed(ClientConnection connection)
    {
        if (_connection == connection)
        {
            _connection = null;
            _waiter?.TryGive(false);
        }
    }

    /// <summary>Lets go of the connection: it goes back to the pool, at once or when its exchange has ended. Any thread.</summary>
    internal void Release()
    {
        if (engine.Loop.IsLoopThread)
        {
            LetGo(); // and not later: the caller's next request wants it
        }
        else
        {
            engine.Loop.PostAlways(static pin => ((ConnectionPin)pin!).LetGo(), this);
        }
    }

    private void LetGo()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        _connection = null;
        connection.Pin = null;
        if (_isFree)
        {
            pool.Return(connection);
        }
    }
}
