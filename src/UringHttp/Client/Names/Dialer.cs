using System.Net;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>Connects a socket to where a host and a port lead: resolves the name, races its addresses. Loop thread.</summary>
internal sealed class Dialer(UringLoop loop, UringHttpHandlerOptions options)
{
    private readonly AddressResolver _resolver = new(loop, options);
    private readonly HappyEyeballs _eyeballs = new(loop, options);

    /// <summary>A connected socket.</summary>
    /// <exception cref="HttpRequestException">The name does not resolve, or no address accepts.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<UringSocket> ConnectAsync(Origin origin, CancellationToken token)
    {
        if (options.ConnectEndPoint is { } fixedAddress)
        {
            return await _eyeballs.ConnectAsync(origin, fixedAddress, token).ConfigureAwait(false);
        }

        IPAddress[] addresses = origin.ParseAddress() is { } literal
            ? [literal]
            : await _resolver.ResolveAsync(origin, token).ConfigureAwait(false);
        try
        {
            return await _eyeballs.ConnectAsync(origin, addresses, token).ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            _resolver.Forget(origin.Host); // it may have moved
            throw;
        }
    }
}
