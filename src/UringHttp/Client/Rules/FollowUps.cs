using System.Buffers;

namespace UringHttp;

/// <summary>
/// What a response calls for before it is the caller's answer: further requests, until one response calls for no more. Runs where
/// the caller is: on the loop, or on the thread pool, since credentials and contents are the user's code. Made for one request, and
/// only for a response that calls for something.
/// </summary>
internal sealed class FollowUps(HttpClientEngine engine, HttpResponseMessage response, ExchangeTerms terms, CancellationToken token)
{
    /// <summary>The longest body, in bytes, that is read to its end so that its connection can be used again.</summary>
    private const int LongestDrained = 64 * 1024;

    /// <summary>How long such a body may take: beyond it a new connection is quicker.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMilliseconds(500);

    private readonly HttpRequestMessage _request = response.RequestMessage!;
    private readonly ExchangeTerms _further = terms with { MayFollow = false, Leg = null };
    private HttpResponseMessage _response = response;

    internal HttpRequestMessage Request => _request;

    /// <summary>The last response.</summary>
    internal HttpResponseMessage Response => _response;

    internal HttpClientEngine Engine => engine;

    /// <summary>How the further requests are sent.</summary>
    internal ExchangeTerms Terms => _further;

    /// <summary>Whether this runs on the loop, where nothing may block.</summary>
    internal bool IsOnLoop => terms.CallerIsOnLoop;

    internal CancellationToken Token => token;

    /// <summary>Who is told of the requests; null when nobody is.</summary>
    internal RequestObservation? Observation { get; init; }

    private RequestSettings Settings => terms.Settings;

    /// <summary>
    /// On the loop: a response calls for more. Further requests may carry the same content, so the sending that goes on must end first.
    /// </summary>
    internal static async ValueTask WhenSentAsync(
        LoopCore loop, HttpResponseMessage response, Task? finishing, CancellationToken token)
    {
        if (finishing is not { IsCompleted: false })
        {
            return;
        }

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
            await loop.SwitchTo();
        }
    }

    /// <summary>Goes on to the response that is the answer.</summary>
    internal async Task<HttpResponseMessage> FollowAsync()
    {
        try
        {
            var authentication = new AuthenticationFollowUps(this);
            await authentication.AnswerAsync().ConfigureAwait(false);
            Observation?.End(_response);
            for (int redirects = 0; redirects < Settings.MaxAutomaticRedirections; redirects++)
            {
                Uri? target = Settings.AllowAutoRedirect ? RedirectRules.GetTarget(_request.RequestUri!, _response) : null;
                if (target is null)
                {
                    break;
                }

                await RedirectAsync(target, authentication).ConfigureAwait(false);
            }

            engine.OnEnd(_response, Settings);
            return _response;
        }
        catch
        {
            _response.Dispose();
            throw;
        }
    }

    private async ValueTask RedirectAsync(Uri target, AuthenticationFollowUps authentication)
    {
        await LetGoAsync().ConfigureAwait(false);
        RedirectRules.Redirect(_request, _response.StatusCode, target);
        if (RequestRules.Settle(_request) is { } refusal)
        {
            throw HttpErrors.CannotFollow(target, refusal);
        }

        RequestObservation? observation = Observation is null ? null : engine.Observe(_request, _further);
        try
        {
            await SendRedirectedAsync(authentication).ConfigureAwait(false);
            observation?.End(_response);
        }
        catch (Exception e)
        {
            observation?.Fail(e);
            throw;
        }
    }

    private async ValueTask SendRedirectedAsync(AuthenticationFollowUps authentication)
    {
        bool mayAnswerServer = engine.Authentication is { IsForRedirects: true };
        if (mayAnswerServer)
        {
            engine.PrepareForServer(_request);
        }

        await authentication.SendRedirectedAsync().ConfigureAwait(false);
        await authentication.AnswerAsync(mayAnswerServer).ConfigureAwait(false);
    }

    /// <summary>Sends the request again.</summary>
    internal async ValueTask SendAsync(AuthenticationLeg? leg) =>
        _response = await engine.SendFromCallerAsync(_request, _further with { Leg = leg }, token).ConfigureAwait(false);

    /// <summary>Ends a response that is not the answer. Its connection is kept where that costs little.</summary>
    internal async ValueTask LetGoAsync()
    {
        using (_response)
        {
            bool isShort = _response.Content.Headers.ContentLength is > 0 and <= LongestDrained
                || _response.Headers.TransferEncodingChunked == true;
            if (isShort && _response.Headers.ConnectionClose != true)
            {
                await DrainAsync(_response.Content).ConfigureAwait(false);
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
