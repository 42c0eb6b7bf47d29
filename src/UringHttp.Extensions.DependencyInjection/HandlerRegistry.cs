using Microsoft.Extensions.Options;

namespace UringHttp;

/// <summary>
/// The handlers that a container has made. It depends on their loop, so the container makes it after the loop and disposes it before.
/// Any thread.
/// </summary>
internal sealed class HandlerRegistry(UringLoop loop, IOptions<UringShutdownOptions> options) : IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _drainTimeout = options.Value.DrainTimeout;

    /// <summary>Weak, since a handler whose lifetime the user has made finite is dropped by the factory without a word.</summary>
    private readonly List<WeakReference<UringHttpHandler>> _handlers = [];

    internal UringHttpHandler Make(UringHttpHandlerOptions handlerOptions)
    {
        var handler = new UringHttpHandler(loop, handlerOptions);
        lock (_lock)
        {
            _handlers.RemoveAll(static known => !known.TryGetTarget(out _));
            _handlers.Add(new WeakReference<UringHttpHandler>(handler));
        }

        return handler;
    }

    public void Dispose()
    {
        foreach (UringHttpHandler handler in GetAlive())
        {
            handler.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(_drainTimeout);
        try
        {
            await Task.WhenAll(GetAlive().Select(handler => handler.StopAsync(limit.Token))).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop, which is disposed next, ends what has not ended by itself.
        }
    }

    private List<UringHttpHandler> GetAlive()
    {
        var alive = new List<UringHttpHandler>();
        lock (_lock)
        {
            foreach (WeakReference<UringHttpHandler> known in _handlers)
            {
                if (known.TryGetTarget(out UringHttpHandler? handler))
                {
                    alive.Add(handler);
                }
            }
        }

        return alive;
    }
}
