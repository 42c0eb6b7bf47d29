using System.Buffers;

namespace UringHttp;

/// <summary>
/// What a response calls for before it is the caller's answer: further requests, until one response calls for no more. Runs where
/// the caller is: on the loop, or on the thread pool, since credentials and contents are the user's code. Made for one request, and
/// only for a response that calls for something.
/// </summary>
internal sealed class FollowUps(HttpClientEngine engine, HttpRequestMessage request, bool onLoop, CancellationToken token)
{
    /// <summary>The longest body, in bytes, that is read to its end so that its connection can be used again.</summary>
    private const int LongestDrained = 64 * 1024;

    /// <summary>How long such a body may take: beyond it a new connection is quicker.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMilliseconds(500);

    private UringHttpHandlerOptions Options => engine.Options;

    /// <summary>
    /// On the loop: a response calls for more. Further requests may carry the same content, so the sending that goes on must end
    /// first. For a caller that is not on the loop, the rest is done where it is: see <see cref="RemoteExchange"/>.
    /// </summary>
    internal static async Task<HttpResponseMessage> BeginAsync(
        HttpClientEngine engine, HttpResponseMessage response, Task? finishing, bool onLoop, CancellationToken token)
    {
        if (finishing is { IsCompleted: false })
        {
            try
            {
                await finishing.WaitAsync(token).ConfigureAwait(false);
            }
            catch
            {
                response.Dispose();
                throw;
            }
            finally
            {
                await engine.Loop.Core.SwitchTo();
            }
        }

        return onLoop
            ? await new FollowUps(engine, response.RequestMessage!, onLoop, token).FollowAsync(response).ConfigureAwait(false)
            : response;
    }

    /// <summary>Goes on from a response to the one that is the answer.</summary>
    internal async Task<HttpResponseMessage> FollowAsync(HttpResponseMessage response)
    {
        try
        {
            for (int redirects = 0; redirects < Options.MaxAutomaticRedirections; redirects++)
            {
                Uri? target = Options.AllowAutoRedirect ? RedirectRules.GetTarget(request.RequestUri!, response) : null;
                if (target is null)
                {
                    break;
                }

                await LetGoAsync(response).ConfigureAwait(false);
                RedirectRules.Redirect(request, response.StatusCode, target);
                response = await SendAsync().ConfigureAwait(false);
            }

            engine.OnEnd(response);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private Task<HttpResponseMessage> SendAsync()
    {
        if (RequestRules.Settle(request) is { } refusal)
        {
            return Task.FromException<HttpResponseMessage>(HttpErrors.CannotFollow(request.RequestUri!, refusal));
        }

        return engine.SendFromCallerAsync(request, onLoop, mayFollow: false, token);
    }

    /// <summary>Ends a response that is not the answer. Its connection is kept where that costs little.</summary>
    private async ValueTask LetGoAsync(HttpResponseMessage response)
    {
        using (response)
        {
            bool isShort = response.Content.Headers.ContentLength is > 0 and <= LongestDrained
                || response.Headers.TransferEncodingChunked == true;
            if (isShort && response.Headers.ConnectionClose != true)
            {
                await DrainAsync(response.Content).ConfigureAwait(false);
            }
        }

        token.ThrowIfCancellationRequested();
    }

    private async ValueTask DrainAsync(HttpContent content)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(DrainTimeout);
        try
        {
            Stream body = await content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            int count;
            int drained = 0;
            do
            {
                count = await body.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
                drained += count;
            }
            while (count > 0 && drained < LongestDrained);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is lost, and nothing else: what follows does not need this body.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
