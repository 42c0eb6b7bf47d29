using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>Makes connections to an origin: resolves its name, tries its addresses in order. Loop thread.</summary>
internal sealed class Connector(UringLoop loop, UringHttpHandlerOptions options)
{
    /// <summary>A connected socket.</summary>
    /// <exception cref="HttpRequestException">The name does not resolve, or no address accepts.</exception>
    /// <exception cref="OperationCanceledException">The token, or (with a <see cref="TimeoutException"/> inside) the timeout.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<UringSocket> ConnectAsync(Origin origin, CancellationToken token)
    {
        if (options.ConnectTimeout == Timeout.InfiniteTimeSpan)
        {
            return await ConnectWithinAsync(origin, token).ConfigureAwait(false);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(options.ConnectTimeout);
        try
        {
            return await ConnectWithinAsync(origin, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!token.IsCancellationRequested)
        {
            throw HttpErrors.ConnectTimedOut(origin, options.ConnectTimeout, e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UringSocket> ConnectWithinAsync(Origin origin, CancellationToken token)
    {
        UringException? failure = null;
        IPAddress[] addresses = origin.ParseAddress() is { } literal ? [literal] : await ResolveAsync(origin, token).ConfigureAwait(false);
        foreach (IPAddress address in addresses)
        {
            try
            {
                return await UringSocket
                    .ConnectAsync(loop, new IPEndPoint(address, origin.Port), cancellationToken: token)
                    .ConfigureAwait(false);
            }
            catch (UringException e)
            {
                failure = e; // the next address may answer
            }
        }

        throw HttpErrors.CannotConnect(origin, failure);
    }

    /// <summary>Resolves off the loop, since getaddrinfo blocks, and comes back to it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IPAddress[]> ResolveAsync(Origin origin, CancellationToken token)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(origin.Host, token).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw HttpErrors.CannotResolve(origin, e);
        }
        finally
        {
            await loop.Core.SwitchTo();
        }
    }
}
