using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Makes connections to an origin: dials (or asks the user's callback), passes proxies, puts TLS on top.
/// Loop thread.
/// </summary>
internal sealed class Connector(UringLoop loop, UringHttpHandlerOptions options, HttpLimits limits)
{
    private readonly Dialer _dialer = new(loop, options);

    /// <summary>A connection, ready for its first request.</summary>
    /// <param name="route">Where to, and by what.</param>
    /// <param name="request">The request that it is made for.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="record">Where to write down how it came about.</param>
    /// <param name="token">Ends the attempt.</param>
    /// <exception cref="HttpRequestException">The name does not resolve, no address accepts, or TLS does not come about.</exception>
    /// <exception cref="OperationCanceledException">The token, or (with a <see cref="TimeoutException"/> inside) the timeout.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<Transport> ConnectAsync(
        Route route, HttpRequestMessage request, TimeSpan timeout, ConnectionRecord record, CancellationToken token)
    {
        using HttpTunnel? tunnel = NewTunnel(route);
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return await OpenAsync(route, request, tunnel, record, token).ConfigureAwait(false);
        }

        long began = loop.Core.Ring.Now;
        using var limit = new TokenDeadline(loop.Core, LoopTimer.Add(began, timeout), token);
        try
        {
            return await OpenAsync(route, request, tunnel, record, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (limit.HasPassed)
        {
            throw HttpErrors.TimedOut(HttpErrors.ConnectTooLong(route.FirstHop, loop.Core.Ring.Now - began, timeout, e), e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Transport> OpenAsync(
        Route route, HttpRequestMessage request, HttpTunnel? tunnel, ConnectionRecord record, CancellationToken token)
    {
        UringSocket? socket;
        Stream stream;
        if (options.ConnectCallback is null)
        {
            socket = await _dialer.ConnectAsync(route.FirstHop, record, token).ConfigureAwait(false);
            bool isPlain = !route.Origin.IsSecure && (route.Proxy is null || (route.IsForwarded && !route.FirstHop.IsSecure));
            if (isPlain && options.PlaintextStreamFilter is null)
            {
                return new SocketTransport(socket);
            }

            stream = new UringStream(socket);
        }
        else
        {
            stream = await CallUserAsync(route.FirstHop, request, record, token).ConfigureAwait(false);
            socket = stream is UringStream { Socket: { } own } && own.Loop == loop ? own : null;
        }

        if (route.Proxy is not null)
        {
            Stream? passed = await PassProxyAsync(stream, route, route.Proxy, tunnel, token).ConfigureAwait(false);
            if (passed is null)
            {
                return await OpenAsync(route, request, tunnel, record, token).ConfigureAwait(false);
            }

            stream = passed;
        }

        if (route.Origin.IsSecure)
        {
            long began = record.Clock;
            SslStream tls = await SecureAsync(stream, route.Origin, isProxy: false, token).ConfigureAwait(false);
            record.OnTls(tls, record.Clock - began);
            stream = tls;
        }

        if (options.PlaintextStreamFilter is not null)
        {
            stream = await FilterAsync(stream, route.Origin, request, token).ConfigureAwait(false);
        }

        return new StreamTransport(loop, stream, socket, isFiltered: options.PlaintextStreamFilter is not null);
    }

    private HttpTunnel? NewTunnel(in Route route) => route.Proxy is null || route.IsForwarded || route.IsSocks
        ? null
        : new HttpTunnel(route, route.Proxy.Authentication, limits);

    /// <summary>
    /// What there is to say to the proxy before the origin is reached. Null when the proxy has closed the connection, and is to be asked
    /// again on another one.
    /// </summary>
    private async ValueTask<Stream?> PassProxyAsync(
        Stream stream, Route route, ChosenProxy proxy, HttpTunnel? tunnel, CancellationToken token)
    {
        if (route.FirstHop.IsSecure)
        {
            stream = await SecureAsync(stream, route.FirstHop, isProxy: true, token).ConfigureAwait(false);
        }

        try
        {
            if (route.IsSocks)
            {
                NetworkCredential? credential = await Task.Run(proxy.FindCredential, token).ConfigureAwait(false); // a user's code
                await SocksTunnel.OpenAsync(stream, route, credential, token).ConfigureAwait(false);
            }
            else if (tunnel is not null && !await tunnel.TryOpenAsync(stream, token).ConfigureAwait(false))
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                return null;
            }

            return stream;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw e is IOException or SocketException or ObjectDisposedException
                ? HttpErrors.TunnelFailed(route, e.Message, null, e)
                : e;
        }
        finally
        {
            await loop.Core.SwitchTo();
        }
    }

    /// <summary>A user's code, which may block, runs on the thread pool.</summary>
    private async ValueTask<Stream> CallUserAsync(
        Origin origin, HttpRequestMessage request, ConnectionRecord record, CancellationToken token)
    {
        long began = record.Clock;
        var context = new UringHttpConnectionContext(new DnsEndPoint(origin.Host, origin.Port), request);
        try
        {
            return await Task.Run(() => options.ConnectCallback!(context, token).AsTask(), token).ConfigureAwait(false)
                ?? throw new InvalidOperationException("UringHttpHandlerOptions.ConnectCallback gave null instead of a stream.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw HttpErrors.CannotConnect(origin, e);
        }
        finally
        {
            await loop.Core.SwitchTo();
            record.Connect = record.Clock - began;
        }
    }

    private async ValueTask<SslStream> SecureAsync(Stream inner, Origin origin, bool isProxy, CancellationToken token)
    {
        try
        {
            return await TlsHandshake.RunAsync(inner, options.SslOptions, origin.Host, isProxy, token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw HttpErrors.CannotSecure(origin, e);
        }
        finally
        {
            await loop.Core.SwitchTo();
        }
    }

    private async ValueTask<Stream> FilterAsync(Stream inner, Origin origin, HttpRequestMessage request, CancellationToken token)
    {
        var context = new UringHttpPlaintextStreamFilterContext(inner, request);
        try
        {
            return await Task.Run(() => options.PlaintextStreamFilter!(context, token).AsTask(), token).ConfigureAwait(false)
                ?? throw new InvalidOperationException("UringHttpHandlerOptions.PlaintextStreamFilter gave null instead of a stream.");
        }
        catch (Exception e)
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            throw e is OperationCanceledException ? e : HttpErrors.CannotConnect(origin, e);
        }
        finally
        {
            await loop.Core.SwitchTo();
        }
    }
}
