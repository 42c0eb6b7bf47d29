using System.Diagnostics;
using System.Net;

namespace UringHttp;

/// <summary>
/// What is told of one connection: that it is open, whether it is busy, and in the end how long it was there. Loop thread.
/// </summary>
internal sealed class ConnectionMeasure
{
    private readonly ClientMetrics _metrics;
    private readonly TagList _tags;
    private readonly long _openedAt = Stopwatch.GetTimestamp();
    private readonly bool _counts;
    private string _state = "active";

    private ConnectionMeasure(ClientMetrics metrics, Route route, EndPoint? peer)
    {
        _metrics = metrics;
        _tags = TagsOf(route);
        if (peer is IPEndPoint address)
        {
            _tags.Add(TelemetryTags.PeerAddress, address.Address.ToString());
        }

        _counts = metrics.OpenConnections.Enabled;
        Count(1);
    }

    /// <summary>A measure of a connection that has just been made; null when nobody listens.</summary>
    internal static ConnectionMeasure? TryBegin(ClientMetrics metrics, Route route, EndPoint? peer) =>
        metrics.ObservesConnections ? new ConnectionMeasure(metrics, route, peer) : null;

    /// <summary>Tells how long a request has waited for its connection.</summary>
    internal static void OnLeftQueue(ClientMetrics metrics, Route route, HttpRequestMessage request, long since)
    {
        TagList tags = TagsOf(route);
        tags.Add(TelemetryTags.OfMethod(request.Method));
        metrics.TimeInQueue.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, tags);
    }

    internal void OnIdle() => Enter("idle");

    internal void OnBusy() => Enter("active");

    internal void OnClosed()
    {
        Count(-1);
        _metrics.ConnectionDuration.Record(Stopwatch.GetElapsedTime(_openedAt).TotalSeconds, _tags);
    }

    /// <summary>A forwarding proxy is what the connection is to; through a tunnel it is to the origin.</summary>
    private static TagList TagsOf(Route route)
    {
        Origin server = route.IsForwarded ? route.FirstHop : route.Origin;
        return new TagList
        {
            { TelemetryTags.ProtocolVersion, TelemetryTags.Http11 },
            { TelemetryTags.Scheme, route.Origin.IsSecure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp },
            { TelemetryTags.ServerAddress, server.Host },
            { TelemetryTags.ServerPort, server.Port },
        };
    }

    private void Enter(string state)
    {
        if (_state != state)
        {
            Count(-1);
            _state = state;
            Count(1);
        }
    }

    private void Count(int change)
    {
        if (_counts)
        {
            TagList tags = _tags;
            tags.Add(TelemetryTags.ConnectionState, _state);
            _metrics.OpenConnections.Add(change, tags);
        }
    }
}
