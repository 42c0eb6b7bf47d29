using System.Net;

namespace UringHttp;

/// <summary>What a handler has on its loop: the pools, and the way of a request through them. Loop thread.</summary>
internal sealed class HttpClientEngine
{
    private readonly Dictionary<Origin, ConnectionPool> _pools = [];

    /// <summary>The pool of the last request: most services talk to one origin most of the time.</summary>
    private ConnectionPool? _last;

    internal HttpClientEngine(UringLoop loop, UringHttpHandlerOptions options)
    {
        Loop = loop;
        Options = options;
        Connector = new Connector(loop, options);
        Cookies = options.UseCookies ? options.CookieContainer : null;
        Limits = new HttpLimits { MaxResponseHeadBytes = options.MaxResponseHeadersLength * 1024 };
    }

    internal UringLoop Loop { get; }

    internal UringHttpHandlerOptions Options { get; }

    internal HttpLimits Limits { get; }

    internal Connector Connector { get; }

    /// <summary>Where cookies are kept; null when they are not.</summary>
    internal CookieContainer? Cookies { get; }

    /// <summary>True once the handler is disposed or the loop ends: nothing new is begun.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>Whether a response may call for further requests. Asked of each response, so only the status is looked at.</summary>
    internal bool CallsForMore(HttpStatusCode status) =>
        status >= HttpStatusCode.MultipleChoices && Options.AllowAutoRedirect && RedirectRules.IsRedirect(status);

    /// <summary>
    /// One request and its response's head. The body is read later, through the response. Everything below this method awaits
    /// sources of ours only, so it stays on the loop; see <see cref="LoopSwitch"/>.
    /// </summary>
    internal Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, bool callerIsOnLoop, bool mayFollow, CancellationToken token)
    {
        if (IsStopped)
        {
            return Task.FromException<HttpResponseMessage>(HttpErrors.Disposed());
        }

        if (token.IsCancellationRequested)
        {
            return Task.FromCanceled<HttpResponseMessage>(token);
        }

        ConnectionPool pool = GetPool(Origin.Of(request.RequestUri!));
        return pool.TryRentIdle() is { } connection
            ? connection.Exchange.SendAsync(request, callerIsOnLoop, mayFollow, mayResend: true, token)
            : pool.SendAsync(request, callerIsOnLoop, mayFollow, mayResend: true, token);
    }

    /// <summary>Begins to take part in the loop's end.</summary>
    internal void Start()
    {
        Loop.Core.Stopping += Stop;
        if (Loop.Core.IsStopping)
        {
            Stop(); // too late to be told
        }
    }

    /// <summary>Closes idle connections and fails waiting requests; exchanges under way go on.</summary>
    internal void Stop()
    {
        if (IsStopped)
        {
            return;
        }

        IsStopped = true;
        Loop.Core.Stopping -= Stop;
        foreach (ConnectionPool pool in _pools.Values.ToArray())
        {
            pool.Stop();
        }
    }

    /// <summary>A pool has no connection and no waiter left.</summary>
    internal void Forget(ConnectionPool pool)
    {
        _pools.Remove(pool.Origin);
        if (_last == pool)
        {
            _last = null;
        }
    }

    private ConnectionPool GetPool(Origin origin)
    {
        if (_last is not null && _last.Origin == origin)
        {
            return _last;
        }

        if (!_pools.TryGetValue(origin, out ConnectionPool? pool))
        {
            pool = new ConnectionPool(this, origin);
            _pools.Add(origin, pool);
        }

        return _last = pool;
    }
}
