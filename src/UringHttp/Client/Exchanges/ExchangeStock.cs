namespace UringHttp;

/// <summary>
/// Exchanges that no connection has: an idle connection needs none, and there may be thousands of those. Last returned is first rented,
/// so that a few, which stay in the cache, serve all. Loop thread.
/// </summary>
internal sealed class ExchangeStock(HttpClientEngine engine)
{
    /// <summary>Kept for another use; what a burst has needed beyond is let go.</summary>
    private const int Most = 256;

    private readonly Stack<ClientExchange> _free = new();

    /// <summary>One for a connection that begins to be used.</summary>
    internal ClientExchange Rent(ClientConnection connection, ConnectionPool pool)
    {
        if (!_free.TryPop(out ClientExchange? exchange))
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
        if (_free.Count < Most)
        {
            _free.Push(exchange);
        }
    }
}
