namespace UringHttp;

/// <content>
/// How long things may take. A request that has waited too long fails with <see cref="TaskCanceledException"/> around a
/// <see cref="TimeoutException"/> that names what was waited for, from whom and for how long; its connection is closed. Each can be
/// set otherwise for one request: see <see cref="UringHttpRequestOptions"/>. All are on the loop's clock, and none by default.
/// </content>
public sealed partial class UringHttpHandlerOptions
{
    /// <summary>
    /// How long making a connection may take: name resolution, proxy and TLS included. Default
    /// <see cref="Timeout.InfiniteTimeSpan"/>; the kernel's own limit is about two minutes.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long a server may take from when the request has been sent, content and all, to the end of the head of its final response.
    /// Default <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan ResponseHeadTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long a read of the response's body may wait for the next bytes. The time in which nobody reads does not count. Default
    /// <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan ReadIdleTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long a request may take in all: waiting for a connection, connecting, redirects, and the reading of the response's body to
    /// its end. Default <see cref="Timeout.InfiniteTimeSpan"/>. <see cref="HttpClient.Timeout"/> (100 seconds, unless set) ends with
    /// the head where the body is read as a stream; this does not. It does not hold for a stream that a connection was upgraded to.
    /// </summary>
    public TimeSpan TotalTimeout { get; set; } = Timeout.InfiniteTimeSpan;
}
