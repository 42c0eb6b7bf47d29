using System.Diagnostics.Metrics;

namespace UringHttp;

/// <summary>
/// The instruments of the meter System.Net.Http, under the stock handler's names, units and buckets. Instruments of one name from two
/// owners are added up by whoever listens. Any thread.
/// </summary>
internal sealed class ClientMetrics
{
    private const string MeterName = "System.Net.Http";

    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private static readonly InstrumentAdvice<double> s_minutes = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    };

    private static readonly ClientMetrics s_shared = new(new Meter(MeterName));

    private ClientMetrics(Meter meter)
    {
        ActiveRequests = meter.CreateUpDownCounter<long>(
            "http.client.active_requests", "{request}", "Number of outbound HTTP requests that are currently active on the client.");
        RequestDuration = meter.CreateHistogram(
            "http.client.request.duration", "s", "Duration of HTTP client requests.", tags: null, s_seconds);
        OpenConnections = meter.CreateUpDownCounter<long>(
            "http.client.open_connections",
            "{connection}",
            "Number of outbound HTTP connections that are currently active or idle on the client.");
        ConnectionDuration = meter.CreateHistogram(
            "http.client.connection.duration",
            "s",
            "The duration of successfully established outbound HTTP connections.",
            tags: null,
            s_minutes);
        TimeInQueue = meter.CreateHistogram(
            "http.client.request.time_in_queue",
            "s",
            "The amount of time requests spent on a queue waiting for an available connection.",
            tags: null,
            s_seconds);
    }

    internal UpDownCounter<long> ActiveRequests { get; }

    internal Histogram<double> RequestDuration { get; }

    internal UpDownCounter<long> OpenConnections { get; }

    internal Histogram<double> ConnectionDuration { get; }

    internal Histogram<double> TimeInQueue { get; }

    /// <summary>Whether anybody wants to know of requests.</summary>
    internal bool ObservesRequests => ActiveRequests.Enabled || RequestDuration.Enabled;

    /// <summary>Whether anybody wants to know of connections.</summary>
    internal bool ObservesConnections => OpenConnections.Enabled || ConnectionDuration.Enabled;

    /// <summary>Those of a user's factory, or those that all handlers without one share.</summary>
    internal static ClientMetrics Of(IMeterFactory? factory) =>
        factory is null ? s_shared : new ClientMetrics(factory.Create(new MeterOptions(MeterName)));
}
