using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace UringHttp.Tests.Support;

/// <summary>Listens to all that a handler tells of its requests, and writes it down, without what differs from run to run.</summary>
internal sealed class TelemetryRecorder
    : IMeterFactory, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private readonly MeterListener _measurements = new();
    private readonly ActivityListener _activities = new();
    private readonly List<IDisposable> _subscriptions = [];
    private readonly List<Meter> _meters = [];
    private readonly Activity _root;

    internal TelemetryRecorder()
    {
        _measurements.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter))
            {
                Instruments.Add(Describe(instrument));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _measurements.SetMeasurementEventCallback<long>((instrument, value, tags, _) => OnMeasured(instrument, value, tags));
        _measurements.SetMeasurementEventCallback<double>((instrument, _, tags, _) => OnMeasured(instrument, null, tags));
        _measurements.Start();
        _root = new Activity("test").Start();
        _activities.ShouldListenTo = source => source.Name == "System.Net.Http";
        _activities.Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded;
        _activities.ActivityStopped = OnStopped;
        ActivitySource.AddActivityListener(_activities);
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    /// <summary>Name, unit, kind and buckets of each instrument.</summary>
    internal List<string> Instruments { get; } = [];

    /// <summary>Each measurement of a duration, and the sums of what is counted up and down.</summary>
    internal ConcurrentQueue<string> Durations { get; } = new();

    internal ConcurrentDictionary<string, long> Counts { get; } = new();

    internal ConcurrentQueue<string> Activities { get; } = new();

    internal ConcurrentQueue<string> Events { get; } = new();

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options.Name);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _measurements.Dispose();
        _activities.Dispose();
        _root.Dispose();
        _meters.ForEach(meter => meter.Dispose());
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "HttpHandlerDiagnosticListener")
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (Activity.Current?.RootId == _root.RootId)
        {
            IEnumerable<string> properties = value.Value!.GetType().GetProperties()
                .Where(property => property.Name != "EqualityContract")
                .Select(property => $"{property.Name}={Describe(property.GetValue(value.Value))}")
                .Order(StringComparer.Ordinal);
            Events.Enqueue($"{value.Key}: {string.Join(" ", properties)}");
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private static string Describe(object? value) => value switch
    {
        HttpResponseMessage response => ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture),
        HttpRequestMessage request => request.Method.Method,
        TaskStatus status => status.ToString(),
        null => "null",
        _ => value.GetType().Name,
    };

    private static string Describe(Instrument instrument)
    {
        string advice = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds }
            ? string.Join(",", bounds.Select(bound => bound.ToString(CultureInfo.InvariantCulture)))
            : string.Empty;
        return $"{instrument.GetType().Name} {instrument.Name} [{instrument.Unit}] {instrument.Description} {advice}";
    }

    private static string Describe(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(
        " ", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}:{tag.Value?.GetType().Name}").Order(StringComparer.Ordinal));

    private void OnMeasured(Instrument instrument, long? value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string measured = $"{instrument.Name} {Describe(tags)}";
        if (value is { } change)
        {
            Counts.AddOrUpdate(measured, change, (_, sum) => sum + change);
        }
        else
        {
            Durations.Enqueue(measured);
        }
    }

    private void OnStopped(Activity activity)
    {
        if (activity.RootId == _root.RootId)
        {
            Activities.Enqueue(
                $"{activity.OperationName} '{activity.DisplayName}' {activity.Kind} {activity.Status} "
                + $"parent {(activity.ParentSpanId == _root.SpanId ? "root" : "other")} {Describe([.. activity.TagObjects])}");
        }
    }
}
