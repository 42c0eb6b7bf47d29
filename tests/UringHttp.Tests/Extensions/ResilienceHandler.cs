using System.Collections.Concurrent;
using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace UringHttp.Tests.Extensions;

// sample: resilience
/// <summary>Tries again what may be repeated, and leaves a host that keeps failing alone for a while.</summary>
internal sealed class ResilienceHandler(TimeProvider time) : DelegatingHandler
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ResiliencePipeline<HttpResponseMessage>> _hosts = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var host = _hosts.GetOrAdd(request.RequestUri!.Authority, _ => NewPipeline());
        var context = ResilienceContextPool.Shared.Get(request.Method.Method, cancellationToken);
        try
        {
            return await host.ExecuteAsync(async context => await base.SendAsync(request, context.CancellationToken), context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline<HttpResponseMessage> NewPipeline() =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 3,
                Delay = TimeSpan.FromSeconds(0.1),
                MaxDelay = LongestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true, // decorrelated: clients that failed together do not come back together
                ShouldHandle = attempt => new(
                    IsIdempotent(attempt.Context.OperationKey) && IsFailure(attempt.Outcome)
                    && (GetRetryAfter(attempt.Outcome.Result) ?? TimeSpan.Zero) <= LongestDelay),
                DelayGenerator = attempt => new(GetRetryAfter(attempt.Outcome.Result)),
                OnRetry = attempt =>
                {
                    attempt.Outcome.Result?.Dispose(); // nobody reads it, and its connection is wanted
                    return default;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                MinimumThroughput = 5,
                FailureRatio = 1,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(30),
                ShouldHandle = attempt => new(IsFailure(attempt.Outcome)),
            })
            .Build();

    private static bool IsIdempotent(string? method) => method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";

    private static bool IsFailure(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException
        || outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= (HttpStatusCode)500;

    /// <summary>What the server asks for, in seconds or as a date; null when it does not ask.</summary>
    private TimeSpan? GetRetryAfter(HttpResponseMessage? response) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delay } => delay,
        { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };
}
// end of sample
