using System.Diagnostics;

namespace UringHttp;

/// <summary>Who is told of a handler's requests: nobody, as a rule, and then nothing is made. Any thread.</summary>
internal sealed class RequestTelemetry(ClientMetrics metrics, DistributedContextPropagator? propagator)
{
    /// <summary>The runtime's switch, which the stock handler obeys too.</summary>
    private static readonly bool s_mayTrace =
        AppContext.TryGetSwitch("System.Net.Http.EnableActivityPropagation", out bool may)
            ? may
            : Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_HTTP_ENABLEACTIVITYPROPAGATION") is not ("0" or "false");

    private readonly DistributedContextPropagator? _propagator = s_mayTrace ? propagator : null;

    /// <summary>Whether a request that begins now has to be observed.</summary>
    internal bool IsListening => metrics.ObservesRequests || (_propagator is not null && RequestTrace.IsWanted);

    /// <summary>A request goes out, to one place; where it is redirected to, another one does.</summary>
    /// <param name="request">Its message; the context is put into its head.</param>
    /// <param name="isForwarded">Whether a proxy reads it.</param>
    internal RequestObservation Begin(HttpRequestMessage request, bool isForwarded)
    {
        string server = TelemetryTags.GetServer(request, isForwarded);
        return new RequestObservation(
            metrics.ObservesRequests ? new RequestMeasure(metrics, request, server) : null,
            _propagator is not null && RequestTrace.IsWanted ? RequestTrace.Begin(request, server, _propagator) : null);
    }
}
