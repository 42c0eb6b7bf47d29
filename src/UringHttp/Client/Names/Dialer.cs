using System.Net;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>Connects a socket to where a host and a port lead: resolves the name, races its addresses. Loop thread.</summary>
internal sealed class Dialer(UringLoop loop, UringHttpHandlerOptions options)
{
    private readonly AddressResolver _resolver = new(loop, options);
    private readonly HappyEyeballs _eyeballs = new(loop, options);

    /// <summary>The last host that was an address itself: the connections to it share one object.</summary>
    private (string Host, IPAddress[] Addresses) _literal = (string.Empty, []);

    /// <summary>A connected socket.</summary>
    /// <exception cref="HttpRequestException">The name does not resolve, or no address accepts.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<UringSocket> ConnectAsync(Origin origin, ConnectionRecord record, CancellationToken token)
    {
        long began = record.Clock;
        IPAddress[]? addresses = await ResolveAsync(origin, token).ConfigureAwait(false);
        long resolved = record.Clock;
        UringSocket socket = await ConnectAsync(origin, addresses, token).ConfigureAwait(false);
        record.NameResolution = resolved - began;
        record.Connect = record.Clock - resolved;
        record.OnSocket(socket);
        return socket;
    }

    /// <summary>The addresses of the host; null where all connections go to one end point.</summary>
    private async ValueTask<IPAddress[]?> ResolveAsync(Origin origin, CancellationToken token)
    {
        if (options.ConnectEndPoint is not null)
        {
            return null;
        }

        if (origin.Host == _literal.Host)
        {
            return _literal.Addresses;
        }

        if (origin.ParseAddress() is not { } literal)
        {
            return await _resolver.ResolveAsync(origin, token).ConfigureAwait(false);
        }

        _literal = (origin.Host, [literal]);
        return _literal.Addresses;
    }

    private async ValueTask<UringSocket> ConnectAsync(Origin origin, IPAddress[]? addresses, CancellationToken token)
    {
        if (addresses is null)
        {
            return await _eyeballs.ConnectAsync(origin, options.ConnectEndPoint!, token).ConfigureAwait(false);
        }

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
