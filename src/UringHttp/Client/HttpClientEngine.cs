using System.Net;

namespace UringHttp;

/// <summary>What a handler has on its loop: the pools, and the way of a request through them. Loop thread.</summary>
internal sealed class HttpClientEngine
{
    private readonly Dictionary<Route, ConnectionPool> _pools = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is decompressed; null when nothing is.</summary>
    private readonly ContentCodings? _codings;

    // How most requests are sent: as the options say.
    private readonly ExchangeTerms _termsOnLoop;
    private readonly ExchangeTerms _termsOffLoop;

    /// <summary>The pool of the last request: most services talk to one origin most of the time.</summary>
    private ConnectionPool? _last;

    internal HttpClientEngine(UringLoop loop, UringHttpHandlerOptions options)
    {
        Loop = loop;
        Options = options;
        Proxies = new ProxyRules(options);
        Authentication = options.Credentials is { } credentials
            ? new Authenticator(AuthenticationSide.Server, credentials, options.PreAuthenticate)
            : null;
        var settings = RequestSettings.Of(options);
        _termsOnLoop = new ExchangeTerms(settings, CallerIsOnLoop: true);
        _termsOffLoop = new ExchangeTerms(settings, CallerIsOnLoop: false);
        _codings = options.AutomaticDecompression == DecompressionMethods.None ? null : new ContentCodings(options);
        Limits = new HttpLimits { MaxResponseHeadBytes = options.MaxResponseHeadersLength * 1024 };
        Connector = new Connector(loop, options, Limits);
        Slots = new ConnectionSlots(options.MaxConnections);
        Exchanges = new ExchangeStock(this);
        Metrics = ClientMetrics.Of(options.MeterFactory);
        Telemetry = new RequestTelemetry(Metrics, options.ActivityHeadersPropagator);
        Cookies = options.UseCookies ? options.CookieContainer : null;
    }

    internal UringLoop Loop { get; }

    internal UringHttpHandlerOptions Options { get; }

    internal HttpLimits Limits { get; }

    internal Connector Connector { get; }

    internal ProxyRules Proxies { get; }

    /// <summary>What answers challenges of servers; null without credentials.</summary>
    internal Authenticator? Authentication { get; }

    /// <summary>The connections that there may be in all.</summary>
    internal ConnectionSlots Slots { get; }

    /// <summary>What connections use while they are used.</summary>
    internal ExchangeStock Exchanges { get; }

    internal ClientMetrics Metrics { get; }

    /// <summary>Who is told of requests.</summary>
    internal RequestTelemetry Telemetry { get; }

    /// <summary>Where cookies are kept; null when they are not.</summary>
    internal CookieContainer? Cookies { get; }

    /// <summary>True once the handler is disposed or the loop ends: nothing new is begun.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>Completes when it is stopped and the last connection is closed. Any thread.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Whether a response may call for further requests. Asked of each response, so only the status is looked at.</summary>
    internal bool CallsForMore(HttpStatusCode status, RequestSettings settings) =>
        status >= HttpStatusCode.MultipleChoices
        && ((settings.AllowAutoRedirect && RedirectRules.IsRedirect(status))
            || (Authentication is not null && status == HttpStatusCode.Unauthorized)
            || (status == HttpStatusCode.ProxyAuthenticationRequired && (settings.Proxies ?? Proxies).Authentication is not null));

    /// <summary>How a request is to be sent that comes from where this is called.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Its own options say what cannot be.</exception>
    internal ExchangeTerms TermsOf(HttpRequestMessage request, bool callerIsOnLoop)
    {
        ExchangeTerms terms = callerIsOnLoop ? _termsOnLoop : _termsOffLoop;
        RequestSettings settings = RequestOptionsAccess.TryGet(request) is { } own ? terms.Settings.With(own) : terms.Settings;
        return settings != terms.Settings || settings.NeedsBegin
            ? terms with { Settings = settings, BeganAt = settings.NeedsBegin ? Loop.Core.Ring.Now : 0 }
            : terms;
    }

    /// <summary>Sends a request from where its caller is, on the loop or not, and answers there.</summary>
    internal Task<HttpResponseMessage> SendFromCallerAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        ChosenProxy? proxy;
        try
        {
            proxy = ChooseProxy(request, terms);
        }
        catch (NotSupportedException e)
        {
            return Task.FromException<HttpResponseMessage>(e);
        }

        ExecutionContext? execution = terms.CallerIsOnLoop || request.Content is null ? null : ExecutionContext.Capture();
        if (proxy is not null || terms.Proxy is not null || execution is not null)
        {
            terms = terms with { Proxy = proxy, Execution = execution, Leg = terms.Leg ?? PrepareForProxy(request, proxy) };
        }

        return terms.CallerIsOnLoop
            ? LoopCaller.SendAsync(this, request, terms, token)
            : RemoteCaller.SendAsync(this, request, terms, token);
    }

    /// <summary>The proxy that a request goes by; null for straight.</summary>
    internal ChosenProxy? ChooseProxy(HttpRequestMessage request, ExchangeTerms terms) =>
        (terms.Settings.Proxies ?? Proxies).Choose(request.RequestUri!);

    /// <summary>Begins to tell of a request, which is about to go out.</summary>
    internal RequestObservation Observe(HttpRequestMessage request, ExchangeTerms terms) =>
        Telemetry.Begin(request, new Route(Origin.Of(request.RequestUri!), ChooseProxy(request, terms)).IsForwarded);

    /// <summary>Settles for a request what is settled before it is sent. Any thread.</summary>
    internal void Prepare(HttpRequestMessage request)
    {
        _codings?.Announce(request);
        PrepareForServer(request);
    }

    /// <summary>Gives a request the answer that its place is known to accept.</summary>
    internal void PrepareForServer(HttpRequestMessage request)
    {
        if (Authentication?.FindKnown(AuthenticationSubject.Of(request)) is { } field)
        {
            request.Headers.Authorization = field;
        }
    }

    /// <summary>A connection for several exchanges in a row, on the way that a request goes. Any thread.</summary>
    internal Task<ConnectionPin> PinAsync(HttpRequestMessage request, ExchangeTerms terms, CancellationToken token) =>
        Loop.RunAsync(async () =>
        {
            var caller = new LoopCaller(this, request); // says what the connection is wanted for, and sends nothing
            caller.Prepare(terms, token);
            var pin = new ConnectionPin(this, GetPool(new Route(caller.Origin, terms.Proxy)));
            await pin.AcquireAsync(caller).ConfigureAwait(false);
            return pin;
        });

    /// <summary>Takes from a head what can be taken at once; for a response that calls for more, some of it waits.</summary>
    internal void OnHead(HttpResponseMessage response, HeaderView fields, RequestSettings settings)
    {
        if (fields.Contains(KnownHeader.SetCookie) && Cookies is not null)
        {
            CookieRules.Keep(Cookies, response);
        }

        if (fields.Contains(KnownHeader.ContentEncoding) && !CallsForMore(response.StatusCode, settings))
        {
            _codings?.Undo(response);
        }
    }

    /// <summary>A response that may have called for more is the answer.</summary>
    internal void OnEnd(HttpResponseMessage response, RequestSettings settings)
    {
        if (CallsForMore(response.StatusCode, settings))
        {
            _codings?.Undo(response);
        }
    }

    /// <summary>
    /// One request and its response's head; the caller is told when that is there. The body is read later, through the response.
    /// Everything below this method awaits sources of ours only, so it stays on the loop; see <see cref="LoopSwitch"/>.
    /// </summary>
    internal void Send(ExchangeCaller caller)
    {
        if (IsStopped)
        {
            caller.Fail(HttpErrors.Disposed());
            return;
        }

        if (caller.Token.IsCancellationRequested)
        {
            caller.Fail(new TaskCanceledException(null, null, caller.Token));
            return;
        }

        // A host that is no name throws here, before anything runs that somebody would have to end.
        ConnectionPin? pin = caller.Terms.Leg?.Pin;
        ConnectionPool pool = pin?.Pool ?? GetPool(new Route(caller.Origin, caller.Terms.Proxy));
        if (caller.Terms.Settings.HasTotalTimeout)
        {
            caller.LimitTime(Loop.Core);
        }

        if (pin is not null)
        {
            _ = pin.SendAsync(caller);
        }
        else if (pool.TryRentIdle() is { } connection)
        {
            connection.Exchange.Start(caller);
        }
        else
        {
            _ = pool.SendAsync(caller);
        }
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

        EndIfIdle();
    }

    /// <summary>There are as many connections as there may be, and one more is wanted: the least used one goes.</summary>
    internal void CloseOldestIdle()
    {
        if (_pools.Values.MinBy(pool => pool.OldestIdle) is { OldestIdle: < long.MaxValue } pool)
        {
            pool.CloseOldestIdle();
        }
    }

    /// <summary>A pool has no connection and no waiter left.</summary>
    internal void Forget(ConnectionPool pool)
    {
        if (_pools.TryGetValue(pool.Route, out ConnectionPool? present) && present == pool)
        {
            _pools.Remove(pool.Route); // not the one that has come after it
        }

        if (_last == pool)
        {
            _last = null;
        }

        EndIfIdle();
    }

    private void EndIfIdle()
    {
        if (IsStopped && _pools.Count == 0)
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>What a proxy that reads requests is known to accept; null when it is not known.</summary>
    private static AuthenticationLeg? PrepareForProxy(HttpRequestMessage request, ChosenProxy? proxy) =>
        proxy?.Authentication is { } authentication
        && new Route(Origin.Of(request.RequestUri!), proxy).IsForwarded
        && authentication.FindKnown(AuthenticationSubject.Of(request, proxy.Uri)) is { } field
            ? new AuthenticationLeg(null, field.ToString())
            : null;

    private ConnectionPool GetPool(in Route route)
    {
        if (_last is not null && _last.Route == route)
        {
            return _last;
        }

        if (!_pools.TryGetValue(route, out ConnectionPool? pool))
        {
            pool = new ConnectionPool(this, route);
            _pools.Add(route, pool);
        }

        return _last = pool;
    }
}
