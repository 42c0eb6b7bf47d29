namespace UringHttp;

/// <summary>
/// A request from a thread that is not the loop's: goes there through the mailbox, and comes back through the thread pool, so that
/// what the caller does next cannot hold up the loop.
/// </summary>
internal sealed class RemoteExchange : MailboxItem, IThreadPoolWorkItem
{
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new();
    private readonly HttpClientEngine _engine;
    private readonly HttpRequestMessage _request;
    private readonly CancellationToken _token;
    private Task<HttpResponseMessage>? _exchange;

    private RemoteExchange(HttpClientEngine engine, HttpRequestMessage request, CancellationToken token)
    {
        _engine = engine;
        _request = request;
        _token = token;
    }

    internal static Task<HttpResponseMessage> SendAsync(HttpClientEngine engine, HttpRequestMessage request, CancellationToken token)
    {
        var exchange = new RemoteExchange(engine, request, token);
        return engine.Loop.Core.Post(exchange)
            ? exchange._answer.Task
            : Task.FromException<HttpResponseMessage>(HttpErrors.Disposed());
    }

    /// <summary>On the loop: begins the exchange.</summary>
    internal override void Execute()
    {
        _exchange = _engine.SendAsync(_request, callerIsOnLoop: false, _token);
        if (_exchange.IsCompleted)
        {
            OnEnded();
        }
        else
        {
            _exchange.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(OnEnded);
        }
    }

    private void OnEnded() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>On the thread pool: the caller's continuation runs in here.</summary>
    void IThreadPoolWorkItem.Execute() => _answer.SetFromTask(_exchange!);
}
