using System.Net;
using System.Net.Sockets;

namespace UringHttp;

/// <summary>What asking for a name has given: addresses, or the reason why there are none.</summary>
internal readonly record struct Resolution(IPAddress[]? Addresses, Exception? Failure);

/// <summary>One question for a name, and all who wait for its answer. Asked on the thread pool; all else is the loop's.</summary>
/// <param name="loop">The loop of those who wait.</param>
/// <param name="name">The name.</param>
/// <param name="resolve">Asks. May block.</param>
internal sealed class NameLookup(UringLoop loop, string name, Func<string, CancellationToken, ValueTask<IPAddress[]>> resolve) : IDisposable
{
    private readonly List<LoopWaiter<Resolution>> _waiters = [];
    private readonly CancellationTokenSource _cancel = new();
    private Resolution? _answer;

    /// <summary>True exactly while somebody waits.</summary>
    internal bool IsAwaited => _waiters.Count > 0;

    /// <summary>Asks, and tells all who wait. Never throws.</summary>
    internal async Task<Resolution> RunAsync()
    {
        loop.Core.Stopping += OnLoopStopping;
        Resolution answer = await AskAsync().ConfigureAwait(false);
        await loop.Core.SwitchTo();
        loop.Core.Stopping -= OnLoopStopping;
        _answer = answer;
        foreach (LoopWaiter<Resolution> waiter in TakeWaiters())
        {
            waiter.TryGive(answer);
        }

        return answer;
    }

    /// <summary>
    /// Waits for the answer. One who gives up does not end the lookup for the others. A quick answer is there before the first one waits.
    /// </summary>
    internal async ValueTask<Resolution> WaitAsync(CancellationToken token)
    {
        if (_answer is { } answer)
        {
            return answer;
        }

        var waiter = new LoopWaiter<Resolution>(loop);
        _waiters.Add(waiter);
        try
        {
            return await waiter.WaitAsync(token).ConfigureAwait(false);
        }
        finally
        {
            _waiters.Remove(waiter);
        }
    }

    /// <summary>Tells whoever is asked that the answer is not wanted any more. A user's callbacks of it run on the thread pool.</summary>
    internal void Cancel() => _ = _cancel.CancelAsync();

    public void Dispose() => _cancel.Dispose();

    private async Task<Resolution> AskAsync()
    {
        try
        {
            CancellationToken token = _cancel.Token;
            IPAddress[]? addresses = await Task.Run(() => resolve(name, token).AsTask()).ConfigureAwait(false);
            if (addresses is null || addresses.Contains(null))
            {
                throw new InvalidOperationException("UringHttpHandlerOptions.ResolveCallback gave null instead of an address.");
            }

            return addresses.Length > 0
                ? new Resolution([.. addresses], null)
                : new Resolution(null, new SocketException((int)SocketError.HostNotFound));
        }
        catch (Exception e)
        {
            return new Resolution(null, e);
        }
    }

    /// <summary>The loop does not wait for an answer that may never come.</summary>
    private void OnLoopStopping()
    {
        foreach (LoopWaiter<Resolution> waiter in TakeWaiters())
        {
            waiter.TryFail(HttpErrors.Disposed());
        }

        Cancel();
    }

    private LoopWaiter<Resolution>[] TakeWaiters()
    {
        LoopWaiter<Resolution>[] waiters = [.. _waiters];
        _waiters.Clear();
        return waiters;
    }
}
