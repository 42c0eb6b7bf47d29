namespace UringHttp;

/// <summary>
/// Lets the stock <see cref="SocketsHttpHandler"/> connect over a <see cref="UringLoop"/>: for what our own handler does not speak,
/// HTTP/2 above all.
/// </summary>
public static class UringConnectCallback
{
    /// <summary>Makes a callback for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <param name="loop">Where the sockets live. Must outlive the handler.</param>
    /// <param name="options">
    /// How names are resolved and addresses tried; null for the defaults. What has nothing to do with connecting is not looked at.
    /// </param>
    /// <returns>A callback that may be called from any thread, and gives a <see cref="UringStream"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Create(
        UringLoop loop, UringHttpHandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        var dialer = new Dialer(loop, (options ?? new UringHttpHandlerOptions()).Validated());
        return async (context, token) =>
        {
            ArgumentNullException.ThrowIfNull(context);
            var origin = new Origin(IsSecure: false, context.DnsEndPoint.Host, context.DnsEndPoint.Port);
            return await loop.RunAsync<Stream>(async () =>
            {
                UringSocket socket = await dialer.ConnectAsync(origin, new ConnectionRecord(loop.Core), token).ConfigureAwait(false);
                return new UringStream(socket);
            }).ConfigureAwait(false);
        };
    }
}
