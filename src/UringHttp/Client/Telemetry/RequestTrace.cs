using System.Diagnostics;

namespace UringHttp;

/// <summary>
/// The trace of one request: its activity, the events around it, and the context that goes out in its head (W3C Trace Context, unless
/// the propagator says otherwise). Any thread, one at a time.
/// </summary>
internal sealed class RequestTrace
{
    private static readonly ActivitySource s_source = new("System.Net.Http");

    /// <summary>Marks a message whose head carries the context of an earlier exchange, which must not go out again.</summary>
    private static readonly HttpRequestOptionsKey<bool> s_carriesContext = new("UringHttp.CarriesContext");

    private readonly HttpRequestMessage _request;
    private readonly Activity? _activity;
    private readonly Guid _id;

    private RequestTrace(HttpRequestMessage request, string server)
    {
        _request = request;
        _activity = Start(request, server);
        _id = TracingEvents.OnRequest(request);
    }

    /// <summary>Whether there is an activity that a request would be part of, or somebody who wants to know of it.</summary>
    internal static bool IsWanted => Activity.Current is not null || s_source.HasListeners() || TracingEvents.IsEnabled;

    /// <summary>A request begins: tells so, and puts the context into its head.</summary>
    internal static RequestTrace Begin(HttpRequestMessage request, string server, DistributedContextPropagator propagator)
    {
        DropContext(request, propagator);
        var trace = new RequestTrace(request, server);
        if (trace._activity is { } activity)
        {
            PutContext(request, activity, propagator);
        }

        return trace;
    }

    /// <summary>It has its answer, or has failed.</summary>
    internal void End(HttpResponseMessage? response, Exception? failure)
    {
        TaskStatus status = failure switch
        {
            null => TaskStatus.RanToCompletion,
            OperationCanceledException => TaskStatus.Canceled,
            _ => TaskStatus.Faulted,
        };
        if (status == TaskStatus.Faulted)
        {
            TracingEvents.OnException(_request, failure!);
        }

        if (_activity is not null)
        {
            _activity.SetEndTime(DateTime.UtcNow);
            SetOutcome(_activity, response, failure);
            TracingEvents.OnStop(_request, response, status);
            _activity.Stop();
        }

        TracingEvents.OnResponse(response, _id, status);
    }

    private static Activity? Start(HttpRequestMessage request, string server)
    {
        Activity? activity = s_source.StartActivity(TracingEvents.Activity, ActivityKind.Client);
        if (activity is null && (Activity.Current is not null || TracingEvents.WantsActivity(request)))
        {
            activity = new Activity(TracingEvents.Activity).Start();
        }

        if (activity is null)
        {
            return null;
        }

        string? method = TelemetryTags.FindKnown(request.Method);
        activity.DisplayName = method ?? "HTTP";
        if (activity.IsAllDataRequested)
        {
            activity.SetTag(TelemetryTags.Method, method ?? TelemetryTags.Other);
            if (method is null)
            {
                activity.SetTag(TelemetryTags.OriginalMethod, request.Method.Method);
            }

            activity.SetTag(TelemetryTags.ServerAddress, server);
            activity.SetTag(TelemetryTags.ServerPort, request.RequestUri!.Port);
            activity.SetTag(TelemetryTags.FullUrl, RedactedUri.Of(request.RequestUri));
        }

        TracingEvents.OnStart(request);
        return activity;
    }

    private static void SetOutcome(Activity activity, HttpResponseMessage? response, Exception? failure)
    {
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        if (response is not null)
        {
            activity.SetTag(TelemetryTags.Status, TelemetryTags.Box(response.StatusCode));
            activity.SetTag(TelemetryTags.ProtocolVersion, TelemetryTags.GetVersion(response.Version));
        }

        if (TelemetryTags.FindErrorType(response, failure) is { } error)
        {
            activity.SetTag(TelemetryTags.ErrorType, error);
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void PutContext(HttpRequestMessage request, Activity activity, DistributedContextPropagator propagator)
    {
        propagator.Inject(activity, request, static (carrier, name, value) =>
        {
            if (carrier is HttpRequestMessage message && !message.Headers.NonValidated.Contains(name))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        });
        request.Options.Set(s_carriesContext, true);
    }

    /// <summary>The same message goes out again, with a redirect: what was put in for the last time is not for this one.</summary>
    private static void DropContext(HttpRequestMessage request, DistributedContextPropagator propagator)
    {
        if (RequestOptionsAccess.TryGet(request) is not { } own || !own.TryGetValue(s_carriesContext, out _))
        {
            return;
        }

        foreach (string field in propagator.Fields)
        {
            request.Headers.Remove(field);
        }
    }
}
