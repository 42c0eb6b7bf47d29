using System.Collections.Concurrent;
using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>
/// Requests of mixed kinds, several at once, half of their callers on the loop and half on the thread pool. Each ends once: with what the
/// server has, byte for byte, or with a failure of a known kind, which is kept.
/// </summary>
/// <param name="loop">Where half of the callers are.</param>
/// <param name="client">What they call.</param>
/// <param name="server">What they ask for.</param>
/// <param name="isSmall">Only bodies of up to 10 KiB.</param>
/// <param name="by">The server's address on the way that is wanted; null for the usual one.</param>
internal sealed class Load(UringLoop loop, HttpClient client, FaultServer server, bool isSmall = false, IPAddress? by = null)
{
    private static readonly string[] Small = ["0", "1", "200", "10240", "chunked/200", "chunked/10240"];
    private static readonly string[] All = [.. Small, "300000", "chunked/300000"];

    private int _begun;
    private int _answered;

    internal int Begun => _begun;

    internal int Answered => Volatile.Read(ref _answered);

    internal ConcurrentQueue<(HttpMethod Method, FailureKind Kind, Exception Failure)> Failures { get; } = new();

    /// <summary>So many callers send so many requests each.</summary>
    internal Task RunAsync(int callers, int each) => RunAsync(callers, index => index < each);

    /// <summary>So many callers send requests until they are told to stop.</summary>
    internal Task RunUntilAsync(int callers, CancellationToken stop) => RunAsync(callers, _ => !stop.IsCancellationRequested);

    /// <summary>Waits until many more requests were answered.</summary>
    internal async Task GetsOnAsync(Task running)
    {
        int goal = Answered + 40;
        await Patience.Until(() => Answered >= goal || running.IsCompleted);
        if (running.IsCompleted)
        {
            await running;
        }
    }

    private async Task RunAsync(int callers, Func<int, bool> goesOn)
    {
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller =>
            caller % 2 == 0 ? Task.Run(() => WorkAsync(caller, goesOn)) : loop.RunAsync(() => WorkAsync(caller, goesOn))));
        Assert.That(Answered + Failures.Count, Is.EqualTo(Begun), "each request ended once");
    }

    private async Task WorkAsync(int caller, Func<int, bool> goesOn)
    {
        var random = new Random(caller);
        for (int index = 0; goesOn(index); index++)
        {
            HttpMethod method = random.Next(4) == 0 ? HttpMethod.Put : HttpMethod.Get;
            Interlocked.Increment(ref _begun);
            try
            {
                await (method == HttpMethod.Put ? PutAsync($"{caller}-{index}", random) : GetAsync(random));
                Interlocked.Increment(ref _answered);
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Failures.Enqueue((method, FailureKinds.Of(e), e));
            }
        }
    }

    private async Task GetAsync(Random random)
    {
        string[] paths = isSmall ? Small : All;
        string path = paths[random.Next(paths.Length)];
        byte[] body = await client.GetByteArrayAsync(At(path));
        AssertSame(body, server.Files[path.Split('/')[^1]], path);
    }

    private async Task PutAsync(string name, Random random)
    {
        byte[] content = new byte[random.Next(isSmall ? 10_000 : 100_000)];
        random.NextBytes(content);
        using var request = new HttpRequestMessage(HttpMethod.Put, At($"put/{name}")) { Content = new ByteArrayContent(content) };
        request.Headers.TransferEncodingChunked = random.Next(2) == 0 ? true : null;
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created).Or.EqualTo(HttpStatusCode.NoContent));
        AssertSame(server.ReadPut(name), content, name);
    }

    /// <summary>Where the server is, by the way that is asked for.</summary>
    private Uri At(string path) =>
        by is null ? server.At(path) : new UriBuilder(server.At(path)) { Host = $"{by}" }.Uri;

    private static void AssertSame(byte[] actual, byte[] expected, string name) =>
        Assert.That(actual.AsSpan().SequenceEqual(expected), Is.True, $"{name} is what the server has: {actual.Length} bytes");
}
