namespace UringHttp;

/// <summary>
/// Reads the rest of a body that nobody wants, when it is short, so that its connection can be used again: a new one would cost more.
/// Loop thread.
/// </summary>
internal static class ResponseDrain
{
    /// <summary>Whether it is worth the try: what is missing is known to be short enough, or not known.</summary>
    internal static bool IsWorthwhile(in BodyRuns body, UringHttpHandlerOptions options) =>
        body.Missing <= options.MaxResponseDrainSize && options.MaxResponseDrainSize > 0
        && options.ResponseDrainTimeout != TimeSpan.Zero && !body.EndsByClose;

    /// <summary>Drains; true when the body has ended, false when the connection must be closed.</summary>
    internal static async Task<bool> RunAsync(ClientConnection connection, UringHttpHandlerOptions options)
    {
        LoopCore loop = connection.Transport.Loop.Core;
        using var limit = new TokenDeadline(
            loop,
            options.ResponseDrainTimeout == Timeout.InfiniteTimeSpan ? LoopTimer.Never : loop.DeadlineAfter(options.ResponseDrainTimeout),
            CancellationToken.None);
        long left = options.MaxResponseDrainSize;
        try
        {
            while (true)
            {
                if (!connection.Body.TryPassOver(connection.Received))
                {
                    return false;
                }

                if (connection.Body.IsEnded)
                {
                    return true;
                }

                int count = left < 0 ? 0 : await connection.Transport
                    .ReceiveAsync(connection.GetBodyRoom(), limit.Token)
                    .ConfigureAwait(false);
                if (count == 0)
                {
                    return false;
                }

                connection.Received.Commit(count);
                left -= count;
            }
        }
        catch (Exception)
        {
            return false; // it was not wanted anyway
        }
    }
}
