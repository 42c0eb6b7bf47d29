using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace UringHttp;

/// <summary>
/// What listeners of the diagnostic source HttpHandlerDiagnosticListener are told. They look at the properties by name, so events and
/// properties have the names that they have with the stock handler. Any thread.
/// </summary>
internal static class TracingEvents
{
    internal const string Activity = "System.Net.Http.HttpRequestOut";
    private const string Start = Activity + ".Start";
    private const string Stop = Activity + ".Stop";
    private const string Exception = "System.Net.Http.Exception";

    // Older than activities; some agents still listen to them.
    private const string Request = "System.Net.Http.Request";
    private const string Response = "System.Net.Http.Response";

    private static readonly DiagnosticListener s_listener = new("HttpHandlerDiagnosticListener");

    internal static bool IsEnabled => s_listener.IsEnabled();

    /// <summary>Whether a listener wants an activity for this request.</summary>
    internal static bool WantsActivity(HttpRequestMessage request) => s_listener.IsEnabled(Activity, request);

    internal static void OnStart(HttpRequestMessage request)
    {
        if (s_listener.IsEnabled(Start))
        {
            Write(Start, new StartEvent(request));
        }
    }

    /// <summary>Returns what the event of the response refers to.</summary>
    internal static Guid OnRequest(HttpRequestMessage request)
    {
        if (!s_listener.IsEnabled(Request))
        {
            return Guid.Empty;
        }

        var id = Guid.NewGuid();
        Write(Request, new RequestEvent(request, id, Stopwatch.GetTimestamp()));
        return id;
    }

    internal static void OnException(HttpRequestMessage request, Exception exception)
    {
        if (s_listener.IsEnabled(Exception))
        {
            Write(Exception, new ExceptionEvent(exception, request));
        }
    }

    internal static void OnStop(HttpRequestMessage request, HttpResponseMessage? response, TaskStatus status)
    {
        if (s_listener.IsEnabled(Stop))
        {
            Write(Stop, new StopEvent(response, request, status));
        }
    }

    internal static void OnResponse(HttpResponseMessage? response, Guid id, TaskStatus status)
    {
        if (s_listener.IsEnabled(Response))
        {
            Write(Response, new ResponseEvent(response, id, Stopwatch.GetTimestamp(), status));
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The events' own properties are kept by the annotation.")]
    private static void Write<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(string name, T value) =>
        s_listener.Write(name, value);

    private sealed record StartEvent(HttpRequestMessage Request);

    private sealed record StopEvent(HttpResponseMessage? Response, HttpRequestMessage Request, TaskStatus RequestTaskStatus);

    private sealed record ExceptionEvent(Exception Exception, HttpRequestMessage Request);

    private sealed record RequestEvent(HttpRequestMessage Request, Guid LoggingRequestId, long Timestamp);

    private sealed record ResponseEvent(HttpResponseMessage? Response, Guid LoggingRequestId, long Timestamp, TaskStatus RequestTaskStatus);
}
