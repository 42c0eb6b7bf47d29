using System.Buffers;
using System.Net;

namespace UringHttp;

/// <summary>
/// What a response calls for before it is the caller's answer: further requests, until one response calls for no more. Runs where
/// the caller is: on the loop, or on the thread pool, since credentials and contents are the user's code. Made for one request, and
/// only for a response that calls for something.
/// </summary>
internal sealed class FollowUps(HttpClientEngine engine, HttpResponseMessage response, ExchangeTerms terms, CancellationToken token)
{
    /// <summary>Answers to one place for one request: the first, and one more where the server found its nonce too old.</summary>
    private const int MaxAnswers = 2;

    /// <summary>The longest body, in bytes, that is read to its end so that its connection can be used again.</summary>
    private const int LongestDrained = 64 * 1024;

    /// <summary>How long such a body may take: beyond it a new connection is quicker.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMilliseconds(500);

    private readonly HttpRequestMessage _request = response.RequestMessage!;
    private readonly ExchangeTerms _further = terms with { MayFollow = false };
    private HttpResponseMessage _response = response;

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
            await AuthenticateAsync().ConfigureAwait(false);
            Observation?.End(_response);
            for (int redirects = 0; redirects < Settings.MaxAutomaticRedirections; redirects++)
            {
                Uri? target = Settings.AllowAutoRedirect ? RedirectRules.GetTarget(_request.RequestUri!, _response) : null;
                if (target is null)
                {
                    break;
                }

                await RedirectAsync(target).ConfigureAwait(false);
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

    private async ValueTask RedirectAsync(Uri target)
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
            await SendRedirectedAsync().ConfigureAwait(false);
            observation?.End(_response);
        }
        catch (Exception e)
        {
            observation?.Fail(e);
            throw;
        }
    }

    private async ValueTask SendRedirectedAsync()
    {
        if (engine.Authentication is not { IsForRedirects: true } authentication)
        {
            await SendAsync().ConfigureAwait(false);
            return;
        }

        authentication.Prepare(_request);
        await SendAsync().ConfigureAwait(false);
        await AuthenticateAsync().ConfigureAwait(false);
    }

    /// <summary>Answers challenges for as long as there is an answer that was not tried.</summary>
    private async ValueTask AuthenticateAsync()
    {
        AuthenticationAnswer? answer = null;
        for (int tries = 0; tries < MaxAnswers; tries++)
        {
            AuthenticationAnswer? next = engine.Authentication?.TryAnswer(_request, _response, answer);
            if (next is null)
            {
                return;
            }

            answer = next;
            await LetGoAsync().ConfigureAwait(false);
            await SendAsync().ConfigureAwait(false);
            if (_response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.ProxyAuthenticationRequired))
            {
                engine.Authentication!.OnAccepted(_request, answer);
            }
        }
    }

    private async ValueTask SendAsync() =>
        _response = await engine.SendFromCallerAsync(_request, _further, token).ConfigureAwait(false);

    /// <summary>Ends a response that is not the answer. Its connection is kept where that costs little.</summary>
    private async ValueTask LetGoAsync()
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
