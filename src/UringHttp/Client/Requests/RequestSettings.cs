using System.Net;

namespace UringHttp;

/// <summary>
/// What can be said of each request on its own: the handler's options, or what the request's options say instead. Immutable; all
/// requests that say nothing share one.
/// </summary>
internal sealed record RequestSettings
{
    private RequestSettings(UringHttpHandlerOptions options)
    {
        ConnectTimeout = options.ConnectTimeout;
        ResponseHeadTimeout = options.ResponseHeadTimeout;
        ReadIdleTimeout = options.ReadIdleTimeout;
        TotalTimeout = options.TotalTimeout;
        AllowAutoRedirect = options.AllowAutoRedirect;
        MaxAutomaticRedirections = options.MaxAutomaticRedirections;
        ReportsConnection = options.ReportConnectionInfo;
    }

    internal TimeSpan ConnectTimeout { get; private init; }

    internal TimeSpan ResponseHeadTimeout { get; private init; }

    internal TimeSpan ReadIdleTimeout { get; private init; }

    internal TimeSpan TotalTimeout { get; private init; }

    internal bool AllowAutoRedirect { get; private init; }

    internal int MaxAutomaticRedirections { get; private init; }

    /// <summary>The proxy of this request; null: the handler's.</summary>
    internal ProxyRules? Proxies { get; private init; }

    internal bool ReportsConnection { get; }

    /// <summary>Whether an exchange has anything to measure while it is on its connection.</summary>
    internal bool HasExchangeTimeouts =>
        ResponseHeadTimeout != Timeout.InfiniteTimeSpan || ReadIdleTimeout != Timeout.InfiniteTimeSpan || HasTotalTimeout;

    internal bool HasTotalTimeout => TotalTimeout != Timeout.InfiniteTimeSpan;

    /// <summary>Whether it has to be known when the request began.</summary>
    internal bool NeedsBegin => HasTotalTimeout || ReportsConnection;

    internal static RequestSettings Of(UringHttpHandlerOptions options) => new(options);

    /// <summary>These settings with what the request says instead.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It says what cannot be.</exception>
    internal RequestSettings With(HttpRequestOptions own)
    {
        if (own is not ICollection<KeyValuePair<string, object?>> { Count: > 0 })
        {
            return this;
        }

        return this with
        {
            ConnectTimeout = Timeouts.Get(own, UringHttpRequestOptions.ConnectTimeout, ConnectTimeout),
            ResponseHeadTimeout = Timeouts.Get(own, UringHttpRequestOptions.ResponseHeadTimeout, ResponseHeadTimeout),
            ReadIdleTimeout = Timeouts.Get(own, UringHttpRequestOptions.ReadIdleTimeout, ReadIdleTimeout),
            TotalTimeout = Timeouts.Get(own, UringHttpRequestOptions.TotalTimeout, TotalTimeout),
            AllowAutoRedirect = own.TryGetValue(UringHttpRequestOptions.AllowAutoRedirect, out bool follow) ? follow : AllowAutoRedirect,
            MaxAutomaticRedirections = GetRedirections(own),
            Proxies = own.TryGetValue(UringHttpRequestOptions.Proxy, out IWebProxy? proxy) ? ProxyRules.Of(proxy) : null,
        };
    }

    private int GetRedirections(HttpRequestOptions own)
    {
        if (!own.TryGetValue(UringHttpRequestOptions.MaxAutomaticRedirections, out int count))
        {
            return MaxAutomaticRedirections;
        }

        return count > 0
            ? count
            : throw new ArgumentOutOfRangeException(
                nameof(own),
                count,
                $"The request's option {UringHttpRequestOptions.MaxAutomaticRedirections.Key} must be at least 1.");
    }
}
