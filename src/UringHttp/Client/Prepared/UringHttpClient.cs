namespace UringHttp;

/// <summary>
/// The client for those who count: prepared requests and responses that are used again, so that a request costs no allocation. It
/// has the pool, TLS, proxies, limits of time and errors of <see cref="UringHttpHandler"/>. It does not follow redirects, keep cookies,
/// answer challenges or decompress: what the server says is what it gives.
/// </summary>
/// <remarks>
/// <see cref="SendAsync"/> and responses are for the loop's thread: call them within <see cref="UringLoop.RunAsync(Func{Task})"/>.
/// Disposing it closes idle connections and lets exchanges under way finish; it does not dispose the loop.
/// </remarks>
public sealed class UringHttpClient : IDisposable
{
    /// <summary>Beyond it nothing is to be won any more.</summary>
    private const int DeepestPipeline = 1000;

    private readonly UringLoop _loop;
    private readonly HttpClientEngine _engine;
    private readonly ExchangeTerms _terms;
    private readonly Stock<PreparedExchange> _free = new(most: 256);
    private readonly int _maxPipelineDepth = 1;
    private int _disposed;

    /// <summary>Makes a client.</summary>
    /// <param name="loop">Where its connections live. Must outlive it.</param>
    /// <param name="options">How it works; null for the defaults. Read now, never again.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public UringHttpClient(UringLoop loop, UringHttpHandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        _loop = loop;
        UringHttpHandlerOptions own = (options ?? new UringHttpHandlerOptions()).Validated();
        own.AllowAutoRedirect = false;
        own.UseCookies = false;
        own.Credentials = null;
        own.AutomaticDecompression = System.Net.DecompressionMethods.None;
        _engine = new HttpClientEngine(loop, own);
        _terms = new ExchangeTerms(RequestSettings.Of(own), CallerIsOnLoop: true) { MayFollow = false };
        if (!loop.PostCallback(static engine => ((HttpClientEngine)engine!).Start(), _engine))
        {
            throw loop.NewDisposedException();
        }
    }

    /// <summary>
    /// The most requests of one connection that are sent and not answered to their end: pipelining (RFC 9112 §9.3.2). Default 1, which
    /// is none; at most 1,000.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Where no connection is idle and no further one may be made (<see cref="UringHttpHandlerOptions.MaxConnectionsPerServer"/>,
    /// <see cref="UringHttpHandlerOptions.MaxConnections"/>), a GET or HEAD without content is sent behind others of its kind, on the
    /// connection that has the fewest. All other requests have a connection to themselves, and so has the first of each connection, and
    /// one that says Connection: close or Upgrade.
    /// </para>
    /// <para>
    /// Answers come in the order of the requests, so one is told only when the body of the one before is read to its end, which a read
    /// that gives nothing says, or its response is disposed. Who keeps a response with an unread body while he awaits another one may
    /// wait for himself. <see cref="UringHttpHandlerOptions.ResponseHeadTimeout"/> counts from the sending, whatever is before.
    /// </para>
    /// <para>
    /// When a connection ends, the requests on it whose answer has not begun are sent again, whatever
    /// <see cref="UringHttpHandlerOptions.ResendOnStaleConnection"/> says; that happens when another request on it is cancelled or fails,
    /// too. A server that ends a connection after fewer than 100 answers gets one request at a time for 1 second, twice as long each
    /// further time, 5 minutes at most; and those that it did not answer are not sent behind others again. A request that is cancelled
    /// after it was sent keeps its place: its answer is received for nobody, within
    /// <see cref="UringHttpHandlerOptions.MaxResponseDrainSize"/> and <see cref="UringHttpHandlerOptions.ResponseDrainTimeout"/>.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1, or more than 1,000.</exception>
    public int MaxPipelineDepth
    {
        get => _maxPipelineDepth;
        init => _maxPipelineDepth = value is >= 1 and <= DeepestPipeline
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(MaxPipelineDepth), value, $"UringHttpClient.MaxPipelineDepth must be 1 to {DeepestPipeline}.");
    }

    /// <summary>Sends a request; ends when the head of its response is there. On the loop's thread only.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection.</param>
    /// <returns>The response, which must be disposed.</returns>
    /// <exception cref="HttpRequestException">The errors of <see cref="UringHttpHandler"/>, with the same values.</exception>
    /// <exception cref="OperationCanceledException">The token, or (a <see cref="TimeoutException"/> inside) a limit of time.</exception>
    /// <exception cref="InvalidOperationException">Called on another thread.</exception>
    /// <exception cref="ObjectDisposedException">The client, or its loop, is disposed.</exception>
    public ValueTask<UringHttpResponse> SendAsync(UringHttpRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (!_loop.IsLoopThread)
        {
            throw new InvalidOperationException(
                "UringHttpClient.SendAsync is for the loop's thread: call it within UringLoop.RunAsync, or use UringHttpHandler.");
        }

        if (!_free.TryTake(out PreparedExchange? exchange))
        {
            exchange = new PreparedExchange(this, _engine);
        }

        return exchange.SendAsync(request, TermsOf(request), cancellationToken);
    }

    /// <summary>
    /// Gets many URIs, a bounded number at once, into buffers that are used again; results come in the order in which they are complete.
    /// What fails is a result too, and ends nothing else. Any thread.
    /// </summary>
    /// <param name="uris">What to get; read now.</param>
    /// <param name="options">How many at once, and so on; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it all.</param>
    /// <returns>Each result is valid until the next one is asked for. Leaving the loop early ends what is under way.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">Thrown by the enumeration: the token was cancelled.</exception>
    public IAsyncEnumerable<UringFetchResult> GetManyAsync(
        IEnumerable<Uri> uris, UringFetchOptions? options = null, CancellationToken cancellationToken = default) =>
        NewFetch(uris, options).StreamAsync(cancellationToken);

    /// <summary>
    /// Gets many URIs, a bounded number at once, into buffers that are used again, and tells of each as it is complete. What fails is
    /// told too, and ends nothing else. Any thread.
    /// </summary>
    /// <param name="uris">What to get; read now.</param>
    /// <param name="onResult">
    /// Told of each, several at a time: on the loop when this was called there, else on the thread pool. The result is valid until its
    /// task has ended, and so long no other request takes its place. What it throws ends the call.
    /// </param>
    /// <param name="options">How many at once, and so on; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it all.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task GetManyAsync(
        IEnumerable<Uri> uris,
        Func<UringFetchResult, ValueTask> onResult,
        UringFetchOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onResult);
        return NewFetch(uris, options).RunAsync(onResult, cancellationToken);
    }

    /// <summary>Closes idle connections; what is under way goes on. Any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _loop.PostCallback(static engine => ((HttpClientEngine)engine!).Stop(), _engine);
        }
    }

    /// <summary>Takes back what a response stood on. Loop thread.</summary>
    internal void Recycle(PreparedExchange exchange)
    {
        if (!exchange.Body.IsBusy)
        {
            exchange.Forget();
            _free.Return(exchange);
        }
    }

    private BulkFetch NewFetch(IEnumerable<Uri> uris, UringFetchOptions? options)
    {
        ArgumentNullException.ThrowIfNull(uris);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return new BulkFetch(_loop, this, [.. uris], (options ?? new UringFetchOptions()).Validated());
    }

    private ExchangeTerms TermsOf(UringHttpRequest request)
    {
        ChosenProxy? proxy = _engine.Proxies.Choose(request.Uri);
        return proxy is null && !_terms.Settings.NeedsBegin
            ? _terms
            : _terms with { Proxy = proxy, BeganAt = _loop.Core.Ring.Now };
    }
}
