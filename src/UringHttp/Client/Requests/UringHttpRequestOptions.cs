using System.Net;

namespace UringHttp;

/// <summary>
/// What one request may have otherwise than <see cref="UringHttpHandlerOptions"/> says for all:
/// <c>request.Options.Set(UringHttpRequestOptions.TotalTimeout, TimeSpan.FromSeconds(5))</c>. Read when the request is sent. A value
/// that its option would not take fails the request with <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public static class UringHttpRequestOptions
{
    /// <summary>Instead of <see cref="UringHttpHandlerOptions.ConnectTimeout"/>, where a connection is made for this request.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeout = new("UringHttp.ConnectTimeout");

    /// <summary>Instead of <see cref="UringHttpHandlerOptions.ResponseHeadTimeout"/>.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ResponseHeadTimeout = new("UringHttp.ResponseHeadTimeout");

    /// <summary>Instead of <see cref="UringHttpHandlerOptions.ReadIdleTimeout"/>.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ReadIdleTimeout = new("UringHttp.ReadIdleTimeout");

    /// <summary>Instead of <see cref="UringHttpHandlerOptions.TotalTimeout"/>.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> TotalTimeout = new("UringHttp.TotalTimeout");

    /// <summary>
    /// Instead of <see cref="UringHttpHandlerOptions.Proxy"/>, whatever <see cref="UringHttpHandlerOptions.UseProxy"/> says. An empty
    /// <see cref="WebProxy"/> stands for none. Connections are pooled by the proxy's credentials too: keep the object, and use it again.
    /// </summary>
    public static readonly HttpRequestOptionsKey<IWebProxy> Proxy = new("UringHttp.Proxy");

    /// <summary>Instead of <see cref="UringHttpHandlerOptions.AllowAutoRedirect"/>.</summary>
    public static readonly HttpRequestOptionsKey<bool> AllowAutoRedirect = new("UringHttp.AllowAutoRedirect");

    /// <summary>Instead of <see cref="UringHttpHandlerOptions.MaxAutomaticRedirections"/>.</summary>
    public static readonly HttpRequestOptionsKey<int> MaxAutomaticRedirections = new("UringHttp.MaxAutomaticRedirections");

    /// <summary>
    /// What the response came over: set by the handler on the response's request, where
    /// <see cref="UringHttpHandlerOptions.ReportConnectionInfo"/> is on.
    /// </summary>
    public static readonly HttpRequestOptionsKey<UringHttpConnectionInfo> ConnectionInfo = new("UringHttp.ConnectionInfo");
}
