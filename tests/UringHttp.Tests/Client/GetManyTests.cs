using System.Collections.Concurrent;
using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Many URIs at once: results in the order in which they are complete, a bound, and failures one by one.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class GetManyTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    [Test]
    public async Task All_are_there_once_and_whole([Values] bool byCallback, [Values(1, 8, 500)] int inFlight)
    {
        await using var peer = Echoing();
        using var client = new UringHttpClient(Loop, new UringHttpHandlerOptions { MaxConnectionsPerServer = 8 });
        Uri[] uris = [.. Enumerable.Range(0, 300).Select(i => new Uri(peer.Uri, $"/{i * 37}"))];
        var options = new UringFetchOptions { MaxInFlight = inFlight };
        var seen = new ConcurrentDictionary<int, int>();
        await CallAsync(async () =>
        {
            if (byCallback)
            {
                await client.GetManyAsync(uris, async result =>
                {
                    Check(result);
                    Assert.That(Loop.IsLoopThread, Is.EqualTo(Caller == Caller.Loop));
                    await Task.Yield();
                    Check(result);
                }, options);
            }
            else
            {
                await foreach (UringFetchResult result in client.GetManyAsync(uris, options))
                {
                    Check(result);
                }
            }
        });
        Assert.That(seen.Keys, Is.EquivalentTo(Enumerable.Range(0, 300)));

        void Check(UringFetchResult result)
        {
            Assert.That(result.Failure, Is.Null);
            Assert.That(result.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(result.Uri, Is.EqualTo(uris[result.Index]));
            Assert.That(result.Body.Length, Is.EqualTo(result.Index * 37));
            Assert.That(result.Body.Span.ContainsAnyExcept((byte)(result.Index * 37 % 251)), Is.False);
            seen[result.Index] = 1;
        }
    }

    [Test]
    public async Task What_fails_is_a_result_like_the_others()
    {
        await using var peer = Echoing();
        using var client = new UringHttpClient(Loop);
        Uri[] uris =
        [
            new(peer.Uri, "/10"), new("http://127.0.0.1:1/"), new(peer.Uri, "/404"), new(peer.Uri, "/nonsense"), new("ftp://x/"),
        ];
        var failures = new Dictionary<int, Exception?>();
        await CallAsync(async () =>
        {
            await foreach (UringFetchResult result in client.GetManyAsync(uris))
            {
                failures.Add(result.Index, result.Failure);
                Assert.That((int)result.StatusCode, Is.EqualTo(result.Index switch { 0 => 200, 2 => 404, _ => 0 }));
            }
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failures[0], Is.Null);
            Assert.That(((HttpRequestException)failures[1]!).HttpRequestError, Is.EqualTo(HttpRequestError.ConnectionError));
            Assert.That(failures[2], Is.Null);
            Assert.That(((HttpRequestException)failures[3]!).HttpRequestError, Is.EqualTo(HttpRequestError.InvalidResponse));
            Assert.That(failures[4], Is.InstanceOf<NotSupportedException>());
        }
    }

    [Test]
    public async Task A_user_who_is_slow_holds_up_the_requests()
    {
        int asked = 0;
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                Interlocked.Increment(ref asked);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
            }
        });
        using var client = new UringHttpClient(Loop);
        Uri[] uris = [.. Enumerable.Repeat(peer.Uri, 100)];
        await CallAsync(async () =>
        {
            int taken = 0;
            await foreach (UringFetchResult result in client.GetManyAsync(uris, new UringFetchOptions { MaxInFlight = 3 }))
            {
                taken++;
                await Task.Yield();
                Assert.That(Volatile.Read(ref asked), Is.LessThanOrEqualTo(taken + 2), "one with the user, two that wait for him");
            }

            Assert.That(taken, Is.EqualTo(100));
        });
    }

    [Test]
    public async Task Whoever_leaves_early_ends_the_rest([Values] bool byToken)
    {
        await using var peer = Echoing();
        using var client = new UringHttpClient(Loop);
        Uri[] uris = [.. Enumerable.Repeat(new Uri(peer.Uri, "/1000"), 1_000)];
        using var cancel = new CancellationTokenSource();
        UringFetchResult? kept = null;
        await CallAsync(async () =>
        {
            int taken = 0;
            try
            {
                await foreach (UringFetchResult result in client.GetManyAsync(uris, null, cancel.Token))
                {
                    kept = result;
                    if (++taken == 5 && !byToken)
                    {
                        break;
                    }

                    if (taken == 5)
                    {
                        await cancel.CancelAsync();
                    }
                }

                Assert.That(byToken, Is.False);
            }
            catch (OperationCanceledException)
            {
                Assert.That(byToken, Is.True);
            }

            Assert.That(taken, Is.LessThan(1_000));
        });
        Assert.That(() => kept!.Body, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task A_callback_that_throws_ends_the_call()
    {
        await using var peer = Echoing();
        using var client = new UringHttpClient(Loop);
        Uri[] uris = [.. Enumerable.Repeat(new Uri(peer.Uri, "/10"), 1_000)];
        int told = 0;
        await CallAsync(async () => await Assert.ThrowsAsync<InvalidDataException>(
            async () => await client.GetManyAsync(
                uris, _ => Interlocked.Increment(ref told) == 7 ? throw new InvalidDataException() : default)));
        Assert.That(told, Is.LessThan(1_000));
    }

    [Test]
    public async Task A_body_that_is_too_long_is_a_failure([Values("Content-Length: 100", "Connection: close")] string framing)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n" + new string('x', 100));
        });
        using var client = new UringHttpClient(Loop);
        await CallAsync(async () =>
        {
            await foreach (UringFetchResult result in client.GetManyAsync([peer.Uri], new UringFetchOptions { MaxBodyLength = 99 }))
            {
                Assert.That(result.Failure!.Message, Does.Contain("MaxBodyLength (99)"));
            }
        });
        Assert.That(
            () => client.GetManyAsync([], new UringFetchOptions { MaxInFlight = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    /// <summary>Answers with as many bytes as the path says.</summary>
    private static ScriptedPeer Echoing() => new(async peer =>
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            string path = head.Split(' ')[1][1..];
            if (path == "nonsense")
            {
                await peer.WriteAsync("nonsense\r\n\r\n");
                return;
            }

            int length = int.Parse(path, System.Globalization.CultureInfo.InvariantCulture);
            string status = length == 404 ? "404 Not Found" : "200 OK";
            string framing = length % 2 == 0 ? $"Content-Length: {length}\r\n\r\n" : $"Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n";
            string body = new((char)(length % 251), length);

            // In one piece: the kernel would hold a second one back until the first is acknowledged.
            await peer.WriteAsync($"HTTP/1.1 {status}\r\n{framing}{body}{(length % 2 == 0 ? string.Empty : "\r\n0\r\n\r\n")}");
        }
    });
}
