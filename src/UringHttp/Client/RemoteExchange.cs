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
    private readonly ExchangeTerms _terms;
    private readonly CancellationToken _token;
    private Task<HttpResponseMessage>? _exchange;

    private RemoteExchange(HttpClientEngine engine, HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        _engine = engine;
        _request = request;
        _terms = terms;
        _token = token;
    }

    internal static Task<HttpResponseMessage> SendAsync(
        HttpClientEngine engine, HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        var exchange = new RemoteExchange(engine, request, terms, token);
        return engine.Loop.Core.Post(exchange)
            ? exchange._answer.Task
            : Task.FromException<HttpResponseMessage>(HttpErrors.Disposed());
    }

    /// <summary>On the loop: begins the exchange.</summary>
    internal override void Execute()
    {
        try
        {
            _exchange = _engine.SendAsync(_request, _terms, _token);
        }
        catch (Exception e)
        {
            _exchange = Task.FromException<HttpResponseMessage>(e); // credentials of a user's, or a host that is no name
        }

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

    /// <summary>On the thread pool: does what the response calls for. The caller's continuation runs in here.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_terms.MayFollow && _exchange!.IsCompletedSuccessfully)
        {
            HttpResponseMessage response = _exchange.GetAwaiter().GetResult();
            if (_engine.CallsForMore(response.StatusCode, _terms.Settings))
            {
                Follow(response);
                return;
            }
        }

        _answer.SetFromTask(_exchange!);
    }

    /// <summary>Each further request is an exchange of its own, so this stays on the thread pool.</summary>
    private void Follow(HttpResponseMessage response)
    {
        Task<HttpResponseMessage> answer = new FollowUps(_engine, response, _terms, _token).FollowAsync();
        if (answer.IsCompleted)
        {
            _answer.SetFromTask(answer);
        }
        else
        {
            answer.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => _answer.SetFromTask(answer));
        }
    }
}
