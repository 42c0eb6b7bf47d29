namespace UringHttp;

/// <summary>Sends the requests of an <see cref="HttpClient"/> over connections that live on a <see cref="UringLoop"/>.</summary>
/// <remarks>
/// May be used from any thread. Called on the loop, it answers there without changing threads; called elsewhere, it answers on the
/// thread pool, so that code that blocks cannot hold up the loop. Make one and keep it: it has the connection pool. Disposing it
/// closes idle connections and lets exchanges under way finish; it does not dispose the loop. http and https, HTTP/1.1 and 1.0.
/// </remarks>
public sealed class UringHttpHandler : HttpMessageHandler
{
    private readonly UringLoop _loop;
    private readonly HttpClientEngine _engine;
    private int _disposed;

    /// <summary>Makes a handler.</summary>
    /// <param name="loop">Where its connections live. Must outlive it.</param>
    /// <param name="options">How it works; null for the defaults. Read now, never again.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public UringHttpHandler(UringLoop loop, UringHttpHandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        _loop = loop;
        _engine = new HttpClientEngine(loop, (options ?? new UringHttpHandlerOptions()).Validated());
        if (!loop.PostCallback(static engine => ((HttpClientEngine)engine!).Start(), _engine))
        {
            throw loop.NewDisposedException();
        }
    }

    /// <summary>
    /// Disposes the handler, and completes when all of its connections are closed: when the exchanges under way have ended, the bodies
    /// of their responses read or disposed. Any thread; may be called again, and after <see cref="HttpMessageHandler.Dispose()"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting, not the exchanges.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled before.</exception>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        Dispose();
        return _engine.Ended.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<HttpResponseMessage>(cancellationToken);
        }

        if (RequestRules.Settle(request) is { } refusal)
        {
            return Task.FromException<HttpResponseMessage>(refusal);
        }

        ExchangeTerms terms;
        try
        {
            terms = _engine.TermsOf(request, _loop.IsLoopThread);
        }
        catch (ArgumentOutOfRangeException e)
        {
            return Task.FromException<HttpResponseMessage>(e);
        }

        _engine.Prepare(request);
        return _engine.Telemetry.IsListening
            ? ObservedRequest.SendAsync(_engine, request, terms, cancellationToken)
            : _engine.SendFromCallerAsync(request, terms, cancellationToken);
    }

    /// <summary>Sends a request and blocks the calling thread until the head of its response is there.</summary>
    /// <exception cref="InvalidOperationException">Called on the loop's thread, which would wait for itself.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => _loop.IsLoopThread
        ? throw new InvalidOperationException(
            "A synchronous Send on the loop's thread would wait for itself. Use SendAsync, or send from another thread.")
        : SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _loop.PostAlways(static engine => ((HttpClientEngine)engine!).Stop(), _engine);
        }

        base.Dispose(disposing);
    }
}
