using System.Net;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Finds the addresses of names, off the loop, since getaddrinfo blocks. Asks once for all who want the same name at the same time, and
/// remembers the answer for a while. Loop thread.
/// </summary>
internal sealed class AddressResolver(UringLoop loop, UringHttpHandlerOptions options)
{
    /// <summary>The most names that are remembered; past that the answer that is the oldest is forgotten.</summary>
    internal const int MaxNames = 1024;

    /// <summary>How long it is remembered that a name has no address, unless addresses are remembered for less.</summary>
    private static readonly TimeSpan FailureLifetime = TimeSpan.FromSeconds(1);

    private readonly ExpiringMap<string, Resolution> _answers = new(MaxNames);
    private readonly Dictionary<string, NameLookup> _lookups = [];

    /// <summary>The addresses of the origin's host, in the resolver's order; at least one. Not to be changed.</summary>
    /// <exception cref="HttpRequestException">It has none.</exception>
    /// <exception cref="ObjectDisposedException">The loop ends.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<IPAddress[]> ResolveAsync(Origin origin, CancellationToken token)
    {
        if (!_answers.TryGet(origin.Host, loop.Core.Now, out Resolution answer))
        {
            answer = await LookUpAsync(origin.Host, token).ConfigureAwait(false);
        }

        return answer.Failure is null ? answer.Addresses! : throw HttpErrors.CannotResolve(origin, answer.Failure);
    }

    /// <summary>How long an answer is remembered. A lookup that was cancelled says nothing about the name.</summary>
    internal static TimeSpan LifetimeOf(in Resolution answer, TimeSpan lifetime) => answer.Failure switch
    {
        null => lifetime,
        OperationCanceledException => TimeSpan.Zero,
        _ when lifetime > FailureLifetime || lifetime == Timeout.InfiniteTimeSpan => FailureLifetime,
        _ => lifetime,
    };

    /// <summary>The addresses are of no use: the next request asks anew.</summary>
    internal void Forget(string name) => _answers.Remove(name);

    private async ValueTask<Resolution> LookUpAsync(string name, CancellationToken token)
    {
        if (loop.Core.IsStopping)
        {
            throw HttpErrors.Disposed();
        }

        if (!_lookups.TryGetValue(name, out NameLookup? lookup))
        {
            lookup = new NameLookup(loop, name, options.ResolveCallback ?? AskSystemAsync);
            _lookups.Add(name, lookup);
            _ = RunAsync(name, lookup);
        }

        try
        {
            return await lookup.WaitAsync(token).ConfigureAwait(false);
        }
        finally
        {
            CancelUnlessAwaited(name, lookup);
        }
    }

    private async Task RunAsync(string name, NameLookup lookup)
    {
        using (lookup)
        {
            Resolution answer = await lookup.RunAsync().ConfigureAwait(false);
            await loop.Core.SwitchTo();
            Drop(name, lookup);
            Remember(name, answer);
        }
    }

    /// <summary>
    /// A user's resolver is told when nobody waits any more, and the next request asks anew. The system's cannot be told: who comes
    /// later waits for the answer that is under way, so that a name server that does not answer gets no queue of questions.
    /// </summary>
    private void CancelUnlessAwaited(string name, NameLookup lookup)
    {
        if (options.ResolveCallback is not null && !lookup.IsAwaited && Drop(name, lookup))
        {
            lookup.Cancel();
        }
    }

    private void Remember(string name, in Resolution answer)
    {
        TimeSpan lifetime = LifetimeOf(answer, options.DnsCacheLifetime);
        if (lifetime != TimeSpan.Zero)
        {
            long end = lifetime == Timeout.InfiniteTimeSpan ? LoopTimer.Never : LoopTimer.Add(loop.Core.Now, lifetime);
            _answers.Set(name, answer, end);
        }
    }

    /// <summary>Nobody joins the lookup from now on. False when that was so.</summary>
    private bool Drop(string name, NameLookup lookup) =>
        _lookups.TryGetValue(name, out NameLookup? current) && current == lookup && _lookups.Remove(name);

    private static async ValueTask<IPAddress[]> AskSystemAsync(string name, CancellationToken token) =>
        await Dns.GetHostAddressesAsync(name, CancellationToken.None).ConfigureAwait(false);
}
