using System.Net;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Connects to whichever of a host's addresses answers first (RFC 8305), and remembers which did not, so that they are tried last for a
/// while. Loop thread.
/// </summary>
internal sealed class HappyEyeballs(UringLoop loop, UringHttpHandlerOptions options)
{
    /// <summary>The most dead addresses that are remembered; past that the one that has been dead the longest is forgotten.</summary>
    private const int MaxDead = 1024;

    /// <summary>How long an address is tried last after it did not connect.</summary>
    private static readonly TimeSpan DeadLifetime = TimeSpan.FromSeconds(30);

    private readonly ExpiringMap<IPEndPoint, bool> _dead = new(MaxDead);

    /// <summary>A socket that is connected to one of the addresses.</summary>
    /// <exception cref="HttpRequestException">None of them accepts: names each with its error.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The loop ends.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<UringSocket> ConnectAsync(Origin origin, IPAddress[] addresses, CancellationToken token)
    {
        if (addresses.Length == 1)
        {
            return await ConnectAsync(origin, new IPEndPoint(addresses[0], origin.Port), token).ConfigureAwait(false);
        }

        using var race = new ConnectRace(loop, Sort(addresses, origin.Port), options.ConnectionAttemptDelay, token);
        try
        {
            return await race.RunAsync().ConfigureAwait(false)
                ?? throw HttpErrors.CannotConnectToAny(origin, [.. race.Failures]);
        }
        finally
        {
            Learn(race);
        }
    }

    /// <summary>A socket that is connected to an address that there is no alternative to.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<UringSocket> ConnectAsync(Origin origin, EndPoint address, CancellationToken token)
    {
        try
        {
            return await UringSocket.ConnectAsync(loop, address, cancellationToken: token).ConfigureAwait(false);
        }
        catch (UringException e)
        {
            throw HttpErrors.CannotConnect(origin, e);
        }
    }

    private IPEndPoint[] Sort(IPAddress[] addresses, int port)
    {
        long now = loop.Core.Now;
        IPEndPoint[] all = [.. AddressOrder.Interleave(addresses).Select(address => new IPEndPoint(address, port))];
        return [.. all.OrderBy(address => _dead.TryGet(address, now, out _))]; // a stable sort: false comes first
    }

    private void Learn(ConnectRace race)
    {
        long end = LoopTimer.Add(loop.Core.Now, DeadLifetime);
        foreach (IPEndPoint address in race.FindDead())
        {
            _dead.Set(address, true, end);
        }

        if (race.Winner is { } alive)
        {
            _dead.Remove(alive);
        }
    }
}
