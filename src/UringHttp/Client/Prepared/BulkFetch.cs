using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace UringHttp;

/// <summary>
/// Many URIs, a bounded number at once. Each of so many workers has one request under way and one buffer, which it uses again for the
/// next body when its result has been taken: a slow user holds up the workers, and nothing grows. The workers run on the loop as
/// users' code does: in its context, which every await of theirs asks for.
/// </summary>
internal sealed class BulkFetch(UringLoop loop, UringHttpClient client, IReadOnlyList<Uri> uris, UringFetchOptions options)
{
    private int _next;

    /// <summary>Fetches all; each result is told where the caller is: on the loop, or on the thread pool.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal Task RunAsync(Func<UringFetchResult, ValueTask> take, CancellationToken token)
    {
        bool onLoop = loop.IsLoopThread;
        return FetchAsync(async result =>
        {
            Task taking = onLoop ? take(result).AsTask() : Task.Run(() => take(result).AsTask(), CancellationToken.None);
            await taking.ConfigureAwait(true);
            result.Release();
        }, token);
    }

    /// <summary>Fetches all; the results are asked for one after the other.</summary>
    internal async IAsyncEnumerable<UringFetchResult> StreamAsync([EnumeratorCancellation] CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var results = Channel.CreateUnbounded<UringFetchResult>(); // bounded by the workers, which wait
        Task fetching = FillAsync(results.Writer, stop.Token);
        UringFetchResult? last = null;
        try
        {
            await foreach (UringFetchResult result in results.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(true))
            {
                last = result;
                yield return result;
                result.Release();
            }
        }
        finally
        {
            last?.Release();
            await stop.CancelAsync().ConfigureAwait(true); // the user has had enough
            await fetching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private async Task FillAsync(ChannelWriter<UringFetchResult> results, CancellationToken token)
    {
        Exception? failure = null;
        try
        {
            await FetchAsync(async result =>
            {
                results.TryWrite(result);
                await result.Released.WaitAsync(token).ConfigureAwait(true);
            }, token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        results.Complete(failure);
    }

    private Task FetchAsync(Func<UringFetchResult, Task> take, CancellationToken token) => loop.RunAsync(async () =>
    {
        // One worker that fails (its user's callback threw, say) ends all.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(options.MaxInFlight, uris.Count)).Select(async _ =>
        {
            try
            {
                await WorkAsync(take, stop.Token).ConfigureAwait(true);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(true);
                throw;
            }
        })).ConfigureAwait(true);
    });

    /// <summary>One worker. A user's code on the loop: its awaits come back there.</summary>
    private async Task WorkAsync(Func<UringFetchResult, Task> take, CancellationToken token)
    {
        byte[] buffer = [];
        while (_next < uris.Count)
        {
            token.ThrowIfCancellationRequested();
            int index = _next++;
            UringFetchResult result;
            try
            {
                (HttpStatusCode status, buffer, int length) = await GetAsync(uris[index], buffer, token).ConfigureAwait(true);
                result = new UringFetchResult(index, uris[index], status, buffer.AsMemory(0, length));
            }
            catch (Exception e) when (!token.IsCancellationRequested)
            {
                result = new UringFetchResult(index, uris[index], e);
            }

            await take(result).ConfigureAwait(true);
        }
    }

    private async ValueTask<(HttpStatusCode Status, byte[] Buffer, int Length)> GetAsync(Uri uri, byte[] buffer, CancellationToken token)
    {
        using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(uri), token).ConfigureAwait(true);
        CheckLength(uri, response.ContentLength ?? 0);
        if (buffer.Length < response.ContentLength)
        {
            buffer = GC.AllocateUninitializedArray<byte>((int)response.ContentLength);
        }

        int length = 0;
        while (true)
        {
            if (length == buffer.Length && length != response.ContentLength)
            {
                Array.Resize(ref buffer, (int)Math.Min(Math.Max(4096L, buffer.Length * 2L), Array.MaxLength));
            }

            int count = await response.ReadAsync(buffer.AsMemory(length), token).ConfigureAwait(true);
            length += count;
            CheckLength(uri, length);
            if (count == 0 || length == response.ContentLength)
            {
                return (response.StatusCode, buffer, length);
            }
        }
    }

    private void CheckLength(Uri uri, long length)
    {
        if (length > options.MaxBodyLength)
        {
            throw new HttpRequestException(
                HttpRequestError.ConfigurationLimitExceeded,
                $"The body of {uri} has {length} bytes or more, beyond UringFetchOptions.MaxBodyLength ({options.MaxBodyLength}).");
        }
    }
}
