namespace UringHttp;

/// <summary>The way of a request that somebody wants to know of: around the way that all requests go. Runs where the caller is.</summary>
internal static class ObservedRequest
{
    /// <summary>Sends it, and what it calls for. Each place that it goes to is observed for itself.</summary>
    internal static async Task<HttpResponseMessage> SendAsync(
        HttpClientEngine engine, HttpRequestMessage request, ExchangeTerms terms, CancellationToken token)
    {
        RequestObservation observation = engine.Observe(request, terms);
        try
        {
            // Followed from here, and not from further down, where it is not known that somebody listens.
            HttpResponseMessage response = await engine
                .SendFromCallerAsync(request, terms with { MayFollow = false }, token)
                .ConfigureAwait(false);
            if (engine.CallsForMore(response.StatusCode, terms.Settings))
            {
                var further = new FollowUps(engine, response, terms, token) { Observation = observation };
                return await further.FollowAsync().ConfigureAwait(false);
            }

            observation.End(response);
            return response;
        }
        catch (Exception e)
        {
            observation.Fail(e);
            throw;
        }
    }
}
