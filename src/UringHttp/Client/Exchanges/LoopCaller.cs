namespace UringHttp;

/// <summary>A request from the loop's own thread: its caller goes on there, at once.</summary>
internal sealed class LoopCaller(HttpClientEngine engine, HttpRequestMessage request) : MessageCaller(engine, request)
{
    internal static Task<HttpResponseMessage> SendAsync(
        HttpClientEngine engine, HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        var caller = new LoopCaller(engine, request);
        caller.Prepare(terms, token);
        engine.Send(caller);
        return caller.Task;
    }

    /// <summary>It is on the loop already, and never in the mailbox.</summary>
    internal override void Execute() => throw new InvalidOperationException("A caller on the loop is not sent through the mailbox.");

    protected override void OnCompleted(Task? finishing)
    {
        if (Engine.CallsForMore(Response!.StatusCode, Terms.Settings))
        {
            _ = FollowAsync(finishing);
        }
        else
        {
            Answer(Response);
        }
    }

    protected override void OnFailed(Exception failure) => Answer(failure);

    private async Task FollowAsync(Task? finishing)
    {
        HttpResponseMessage response = Response!;
        try
        {
            await FollowUps.WhenSentAsync(Engine.Loop.Core, response, finishing, Token).ConfigureAwait(false);
            if (Terms.MayFollow)
            {
                response = await new FollowUps(Engine, response, Terms, Token).FollowAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Answer(e);
            return;
        }

        Answer(response);
    }
}
