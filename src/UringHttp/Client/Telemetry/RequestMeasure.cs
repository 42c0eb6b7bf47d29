using System.Diagnostics;

namespace UringHttp;

/// <summary>What is measured of one request: that it is under way, and how long its head took. Any thread, one at a time.</summary>
internal sealed class RequestMeasure
{
    private readonly ClientMetrics _metrics;
    private readonly TagList _tags;
    private readonly bool _counts;
    private readonly long _beganAt = Stopwatch.GetTimestamp();

    internal RequestMeasure(ClientMetrics metrics, HttpRequestMessage request, string server)
    {
        _metrics = metrics;
        _counts = metrics.ActiveRequests.Enabled;
        _tags = new TagList
        {
            { TelemetryTags.Scheme, request.RequestUri!.Scheme },
            { TelemetryTags.ServerAddress, server },
            { TelemetryTags.ServerPort, request.RequestUri.Port },
            TelemetryTags.OfMethod(request.Method),
        };
        if (_counts)
        {
            metrics.ActiveRequests.Add(1, _tags);
        }
    }

    internal void End(HttpResponseMessage? response, Exception? failure)
    {
        if (_counts)
        {
            _metrics.ActiveRequests.Add(-1, _tags);
        }

        if (!_metrics.RequestDuration.Enabled)
        {
            return;
        }

        TagList tags = _tags;
        if (response is not null)
        {
            tags.Add(TelemetryTags.Status, TelemetryTags.Box(response.StatusCode));
            tags.Add(TelemetryTags.ProtocolVersion, TelemetryTags.GetVersion(response.Version));
        }

        if (TelemetryTags.FindErrorType(response, failure) is { } error)
        {
            tags.Add(TelemetryTags.ErrorType, error);
        }

        _metrics.RequestDuration.Record(Stopwatch.GetElapsedTime(_beganAt).TotalSeconds, tags);
    }
}
