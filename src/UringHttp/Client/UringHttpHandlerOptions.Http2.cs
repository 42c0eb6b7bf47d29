using System.Runtime.CompilerServices;

namespace UringHttp;

/// <content>
/// What <see cref="SocketsHttpHandler"/> has for HTTP/2 and HTTP/3 only. This handler speaks HTTP/1.1: the defaults can be set, so that
/// code which copies options goes on working, and anything else is refused.
/// </content>
public sealed partial class UringHttpHandlerOptions
{
    private const int DefaultHttp2Window = 65_535;

    private static readonly TimeSpan s_defaultPingTimeout = TimeSpan.FromSeconds(20);

#pragma warning disable CA1822 // they are properties of the options, as they are of the stock handler, whatever they can hold
    /// <summary>HTTP/2 only: false.</summary>
    /// <exception cref="NotSupportedException">Set to true.</exception>
    public bool EnableMultipleHttp2Connections
    {
        get => false;
        set => RefuseOther(value, false);
    }

    /// <summary>HTTP/3 only: false.</summary>
    /// <exception cref="NotSupportedException">Set to true.</exception>
    public bool EnableMultipleHttp3Connections
    {
        get => false;
        set => RefuseOther(value, false);
    }

    /// <summary>HTTP/2 only: 65,535 bytes.</summary>
    /// <exception cref="NotSupportedException">Set to another value.</exception>
    public int InitialHttp2StreamWindowSize
    {
        get => DefaultHttp2Window;
        set => RefuseOther(value, DefaultHttp2Window);
    }

    /// <summary>HTTP/2 only: infinite.</summary>
    /// <exception cref="NotSupportedException">Set to another value.</exception>
    public TimeSpan KeepAlivePingDelay
    {
        get => Timeout.InfiniteTimeSpan;
        set => RefuseOther(value, Timeout.InfiniteTimeSpan);
    }

    /// <summary>HTTP/2 only: 20 seconds.</summary>
    /// <exception cref="NotSupportedException">Set to another value.</exception>
    public TimeSpan KeepAlivePingTimeout
    {
        get => s_defaultPingTimeout;
        set => RefuseOther(value, s_defaultPingTimeout);
    }

    /// <summary>HTTP/2 only: always.</summary>
    /// <exception cref="NotSupportedException">Set to another value.</exception>
    public HttpKeepAlivePingPolicy KeepAlivePingPolicy
    {
        get => HttpKeepAlivePingPolicy.Always;
        set => RefuseOther(value, HttpKeepAlivePingPolicy.Always);
    }

#pragma warning restore CA1822
    private static void RefuseOther<T>(T value, T only, [CallerMemberName] string? property = null)
    {
        if (!EqualityComparer<T>.Default.Equals(value, only))
        {
            throw new NotSupportedException(
                $"UringHttpHandlerOptions.{property} is for HTTP/2 or HTTP/3, and UringHttpHandler speaks HTTP/1.1: leave it at {only}.");
        }
    }
}
