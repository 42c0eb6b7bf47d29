namespace UringHttp;

/// <summary>
/// A request from a thread that is not the loop's: goes there through the mailbox, and comes back through the thread pool, so that
/// what the caller does next cannot hold up the loop.
/// </summary>
internal sealed class RemoteCaller(HttpClientEngine engine, HttpRequestMessage request)
    : MessageCaller(engine, request), IThreadPoolWorkItem
{
    private Exception? _failure;

    internal static Task<HttpResponseMessage> SendAsync(
        HttpClientEngine engine, HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        var caller = new RemoteCaller(engine, request);
        caller.Prepare(terms, token);
        Task<HttpResponseMessage> task = caller.Task; // made before anybody else has the caller
        return engine.Loop.Core.Post(caller) ? task : System.Threading.Tasks.Task.FromException<HttpResponseMessage>(HttpErrors.Disposed());
    }

    /// <summary>On the loop: begins the exchange.</summary>
    internal override void Execute()
    {
        try
        {
            Engine.Send(this);
        }
        catch (Exception e)
        {
            Fail(e); // credentials of a user's, or a host that is no name
        }
    }

    protected override void OnCompleted(Task? finishing)
    {
        if (finishing is null)
        {
            Return();
        }
        else
        {
            _ = ReturnWhenSentAsync(finishing);
        }
    }

    protected override void OnFailed(Exception failure)
    {
        _failure = failure;
        Return();
    }

    private void Return() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    private async Task ReturnWhenSentAsync(Task finishing)
    {
        if (Engine.CallsForMore(Response!.StatusCode, Terms.Settings))
        {
            try
            {
                await FollowUps.WhenSentAsync(Engine.Loop.Core, Response, finishing, Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                _failure = e;
            }
        }

        Return();
    }

    /// <summary>On the thread pool: does what the response calls for. The caller's continuation runs in here.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_failure is not null)
        {
            Answer(_failure);
        }
        else if (Terms.MayFollow && Engine.CallsForMore(Response!.StatusCode, Terms.Settings))
        {
            _ = FollowAsync();
        }
        else
        {
            Answer(Response!);
        }
    }

    /// <summary>Each further request is an exchange of its own, so this stays on the thread pool.</summary>
    private async Task FollowAsync()
    {
        HttpResponseMessage response;
        try
        {
            response = await new FollowUps(Engine, Response!, Terms, Token).FollowAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Answer(e);
            return;
        }

        Answer(response);
    }
}
