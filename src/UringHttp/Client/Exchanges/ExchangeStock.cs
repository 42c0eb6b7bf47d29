namespace UringHttp;

/// <summary>
/// Exchanges that no connection has: an idle connection needs none, and there may be thousands of those. Loop thread.
/// </summary>
internal sealed class ExchangeStock(HttpClientEngine engine)
{
    private readonly Stock<ClientExchange> _free = new(most: 256);

    /// <summary>One for a connection that begins to be used.</summary>
    internal ClientExchange Rent(ClientConnection connection, ConnectionPool pool)
    {
        if (!_free.TryTake(out ClientExchange? exchange))
        {
            exchange = new ClientExchange(engine);
        }

        exchange.Attach(connection, pool);
        return exchange;
    }

    /// <summary>That of a connection that has become idle. A connection that closes keeps its own: something of it may still run.</summary>
    internal void Return(ClientExchange exchange)
    {
        exchange.Detach();
        _free.Return(exchange);
    }
}
