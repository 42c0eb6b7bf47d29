using System.Collections.Concurrent;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Pipelines;

/// <summary>
/// Thousands of requests at random depths, with bodies of random sizes that are read, half read or not, cancelled at random moments,
/// to a peer that ends its connections at random places. Each ends once, with its own answer or for a reason that there was.
/// </summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class RandomPipelineTests(UringBackend backend) : PipelineFixture(backend)
{
    private const int Requests = 3_000;
    private const int Rounds = 5;

    [Test]
    public async Task Each_of_many_requests_ends_once_and_with_its_own_answer()
    {
        int seed = Environment.TickCount; // replay a failure by putting its seed here
        TestContext.Out.WriteLine($"seed {seed}");
        for (int round = 0; round < Rounds; round++)
        {
            await RunAsync(new Random(seed + round), round % 2 == 0 ? 0 : 0.02);
        }
    }

    private async Task RunAsync(Random random, double breaks)
    {
        var posts = new ConcurrentDictionary<string, int>();
        int begun = 0;
        int ended = 0;
        int answered = 0;
        int cancelled = 0;
        int seed = random.Next();
        await using var peer = new ScriptedPeer(connection => ServeAsync(connection, posts, seed + connection.Index, breaks));
        int depth = random.Next(2, 20);
        using UringHttpClient client = NewPipeliningClient(depth, options =>
        {
            options.MaxConnectionsPerServer = random.Next(1, 4);
            options.MaxResponseDrainSize = random.Next(3) * 10_000;
        });
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 40).Select(async worker =>
        {
            var own = new Random(HashCode.Combine(worker, depth));
            while (begun < Requests)
            {
                string target = $"/{begun++}/{own.Next(2)}/{(own.Next(10) == 0 ? own.Next(100_000) : own.Next(300))}";
                HttpMethod method = own.Next(20) == 0 ? HttpMethod.Post : own.Next(5) == 0 ? HttpMethod.Head : HttpMethod.Get;
                using var cancel = new CancellationTokenSource();
                Task<bool> request = RequestAsync(client, new Uri(peer.Uri, target), method, own.Next(4), cancel.Token);
                if (own.Next(10) == 0)
                {
                    for (int turns = own.Next(6); turns > 0; turns--)
                    {
                        await Task.Yield();
                    }

                    await (own.Next(2) == 0 ? cancel.CancelAsync() : Task.Run(cancel.Cancel));
                }

                try
                {
                    bool isWhole = await request;
                    answered += isWhole ? 1 : 0;
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                {
                    cancelled++;
                }
                catch (Exception e) when (e is HttpRequestException or HttpIOException && breaks > 0)
                {
                    // An answer that broke off, or a POST that cannot be sent again.
                }

                ended++;
            }
        })));
        TestContext.Out.WriteLine($"depth {depth}: {answered} answered, {cancelled} cancelled, {peer.Accepted} connections");
        Assert.That(ended, Is.EqualTo(begun));
        Assert.That(answered, Is.GreaterThan(Requests / 4), "half of them are not read to the end");
        Assert.That(posts.Values, Is.All.EqualTo(1), "a POST is never sent again");
    }

    /// <summary>True when the whole answer came. What comes must be right in any case.</summary>
    private static async Task<bool> RequestAsync(
        UringHttpClient client, Uri uri, HttpMethod method, int reading, CancellationToken token)
    {
        using var message = new HttpRequestMessage(method, uri);
        message.Content = method == HttpMethod.Post ? new StringContent("x") : null;
        using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(message), token);
        byte[] expected = method == HttpMethod.Head ? [] : BodyOf(uri.PathAndQuery);
        int count = 0;
        byte[] buffer = new byte[10_000];
        while (reading > 0)
        {
            int read = reading == 1
                ? await response.ReadAsync(buffer, token)
                : CopyOut(await response.ReadAsync(token), ref buffer);
            if (read == 0)
            {
                Assert.That(count, Is.EqualTo(expected.Length));
                return true;
            }

            AssertSame(buffer.AsSpan(0, read), expected.AsSpan(count, read));
            count += read;
            reading = reading == 3 ? 0 : reading; // and leaves the rest
        }

        return false;
    }

    private static int CopyOut(ReadOnlyMemory<byte> loan, ref byte[] buffer)
    {
        buffer = loan.ToArray();
        return loan.Length;
    }

    private static byte[] BodyOf(string target)
    {
        byte[] body = new byte[int.Parse(target.Split('/')[^1])];
        new Random(int.Parse(target.Split('/')[1])).NextBytes(body);
        return body;
    }

    private static async Task ServeAsync(PeerConnection connection, ConcurrentDictionary<string, int> posts, int seed, double breaks)
    {
        var random = new Random(seed);
        while (await connection.ReadHeadAsync() is { } head)
        {
            string target = TargetOf(head);
            if (head.StartsWith("POST", StringComparison.Ordinal))
            {
                await connection.ReadAsync(1);
                posts.AddOrUpdate(target, 1, (_, times) => times + 1);
                Assert.That(connection.HasMore, Is.False, "nothing is behind a POST");
            }

            bool isLast = random.NextDouble() < breaks;
            int way = random.Next(4); // announced, before the answer, in the middle of it, by a reset
            byte[] answer = AnswerOf(head, target, isLast && way == 0);
            if (isLast && way == 3)
            {
                connection.Reset();
                return;
            }

            await connection.WriteAsync(isLast && way == 1 ? [] : isLast && way == 2 ? answer[..random.Next(answer.Length)] : answer);
            if (isLast)
            {
                return;
            }
        }
    }

    private static byte[] AnswerOf(string head, string target, bool closes)
    {
        byte[] body = BodyOf(target);
        bool isChunked = target.Split('/')[2] == "1";
        using var answer = new MemoryStream();
        answer.Write("HTTP/1.1 200 OK\r\n"u8);
        answer.Write(closes ? "Connection: close\r\n"u8 : ""u8);
        string framing = isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {body.Length}";
        answer.Write(Encoding.ASCII.GetBytes($"{framing}\r\n\r\n"));
        if (head.StartsWith("HEAD", StringComparison.Ordinal))
        {
            return answer.ToArray();
        }

        foreach (byte[] piece in isChunked ? body.Chunk(1000) : [body])
        {
            answer.Write(isChunked ? Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n") : []);
            answer.Write(piece);
            answer.Write(isChunked ? "\r\n"u8 : ""u8);
        }

        answer.Write(isChunked ? "0\r\n\r\n"u8 : ""u8);
        return answer.ToArray();
    }
}
