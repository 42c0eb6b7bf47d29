using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Loop;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Prepared requests and responses that are used again. The client is for the loop's thread, so all of it runs there.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class UringHttpClientTests(UringBackend backend) : ClientFixture(backend, Caller.Loop)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello";

    [Test]
    public async Task A_request_is_sent_again_and_again_on_one_connection()
    {
        var heads = new List<string>();
        await using var peer = Recording(heads, Ok);
        using UringHttpClient client = new(Loop);
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(peer.Uri, "/a?b=c"));
        message.Headers.Add("X-Mine", "yes");
        var request = new UringHttpRequest(message);
        await CallAsync(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
                Assert.That(response.ContentLength, Is.EqualTo(5));
                Assert.That(response.Headers.TryGet("x-one"u8, out ReadOnlySpan<byte> value), Is.True);
                Assert.That(Encoding.ASCII.GetString(value), Is.EqualTo("1"));
                Assert.That(await TextAsync(response), Is.EqualTo("hello"));
                Assert.That(response.Headers.Count, Is.EqualTo(2), "they outlive the reading of the body");
            }
        });
        Assert.That(peer.Accepted, Is.EqualTo(1));
        Assert.That(heads, Is.All.EqualTo($"GET /a?b=c HTTP/1.1\r\nHost: {peer.Uri.Authority}\r\nX-Mine: yes\r\n\r\n"));
    }

    [Test]
    public async Task In_the_steady_state_nothing_is_allocated()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            byte[] buffer = new byte[4096];
            byte[] answer = Encoding.ASCII.GetBytes(Ok);
            while (await peer.Stream.ReadAsync(buffer) > 0)
            {
                await peer.Stream.WriteAsync(answer);
            }
        });
        using UringHttpClient client = new(Loop);
        var request = new UringHttpRequest(peer.Uri);
        byte[] body = new byte[100];
        long allocated = -1;
        await CallAsync(async () =>
        {
            await SendAsync(2_000);
            long before = GC.GetAllocatedBytesForCurrentThread(); // the loop's own: the peer's are not in it
            await SendAsync(1_000);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        // The method that measures has a state machine or two of its own; a single byte for each request would be 1,000.
        Assert.That(allocated, Is.LessThan(1_000));

        async Task SendAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                while (await response.ReadAsync(body) > 0)
                {
                }
            }
        }
    }

    [Test]
    public async Task Many_at_once_get_each_its_own([Values(1, 7, 64)] int connections)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                string path = head.Split(' ')[1];
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{path.Length:x}\r\n{path}\r\n0\r\n\r\n");
            }
        });
        using UringHttpClient client = new(Loop, new UringHttpHandlerOptions { MaxConnectionsPerServer = connections });
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var request = new UringHttpRequest(new Uri(peer.Uri, $"/{i}"));
            for (int round = 0; round < 5; round++)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                Assert.That(response.ContentLength, Is.Null);
                Assert.That(await TextAsync(response), Is.EqualTo($"/{i}"));
            }
        })));
        Assert.That(peer.Accepted, Is.LessThanOrEqualTo(connections));
    }

    [Test]
    public async Task A_long_body_in_each_way([Values("Content-Length: 1000000", "Transfer-Encoding: chunked", "X: y")] string framing)
    {
        byte[] body = new byte[1_000_000];
        new Random(1).NextBytes(body);
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                bool isChunked = framing.Contains("chunked");
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n{(isChunked ? "f4240\r\n" : string.Empty)}");
                await peer.WriteAsync(body);
                await peer.WriteAsync(isChunked ? "\r\n0\r\nX-Sum: 7\r\n\r\n" : string.Empty);
                if (framing == "X: y")
                {
                    return;
                }
            }
        });
        using UringHttpClient client = new(Loop);
        var request = new UringHttpRequest(peer.Uri);
        string path = Path.GetTempFileName();
        await CallAsync(async () =>
        {
            AssertSame(await ReadAsync(async response => await response.ReadAsByteArrayAsync()), body);
            AssertSame(await ReadAsync(async response =>
            {
                var writer = new ArrayBufferWriter<byte>();
                Assert.That(await response.CopyToAsync(writer), Is.EqualTo(body.Length));
                return writer.WrittenSpan.ToArray();
            }), body);
            AssertSame(await ReadAsync(async response =>
            {
                using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
                Assert.That(await response.CopyToAsync(file), Is.EqualTo(body.Length));
                return File.ReadAllBytes(path);
            }), body);
            AssertSame(await ReadAsync(async response =>
            {
                var pipe = new Pipe();
                Task<byte[]> reading = Task.Run(async () =>
                {
                    var copy = new MemoryStream();
                    await pipe.Reader.CopyToAsync(copy);
                    return copy.ToArray();
                });
                Assert.That(await response.CopyToAsync(pipe.Writer), Is.EqualTo(body.Length));
                Assert.That(Loop.IsLoopThread, Is.True, "it came back from the reader's thread");
                await pipe.Writer.CompleteAsync();
                return await reading;
            }), body);
            AssertSame(await ReadAsync(async response =>
            {
                byte[] copy = new byte[body.Length + 1];
                int count = 0;
                int read;
                while ((read = await response.ReadAsync(copy.AsMemory(count, Math.Min(copy.Length - count, 7_777)))) > 0)
                {
                    count += read;
                }

                return copy[..count];
            }), body);
        });
        File.Delete(path);

        async Task<byte[]> ReadAsync(Func<UringHttpResponse, Task<byte[]>> read)
        {
            using UringHttpResponse response = await client.SendAsync(request);
            byte[] got = await read(response);
            Assert.That((await response.ReadAsync()).IsEmpty, Is.True, "the end stays the end");
            Assert.That(response.Trailers.Count, Is.EqualTo(framing.Contains("chunked") ? 1 : 0));
            return got;
        }
    }

    [Test]
    public async Task A_short_content_leaves_with_the_head_and_a_long_one_behind_it([Values(0, 10, 16_384, 16_385, 1_000_000)] int length)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                Assert.That(head, Does.Contain($"Content-Length: {length}\r\n").And.Contain("Content-Type: text/plain"));
                byte[] body = await peer.ReadAsync(length);
                Assert.That(body, Has.Length.EqualTo(length));
                Assert.That(body.AsSpan().ContainsAnyExcept((byte)'x'), Is.False);
                await peer.WriteAsync(Ok);
            }
        });
        using UringHttpClient client = new(Loop);
        using var message = new HttpRequestMessage(HttpMethod.Post, peer.Uri) { Content = new StringContent(new string('x', length)) };
        var request = new UringHttpRequest(message);
        await CallAsync(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                Assert.That(await TextAsync(response), Is.EqualTo("hello"));
            }
        });
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_not_read_is_drained_or_closed([Values(100, 500_000, 100_000_000)] int length)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                await peer.WriteAsync(new byte[length]);
            }
        });
        using UringHttpClient client = new(Loop, new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        var request = new UringHttpRequest(peer.Uri);
        await CallAsync(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                if (i == 1)
                {
                    Assert.That((await response.ReadAsync()).Length, Is.GreaterThan(0));
                }
            }
        });
        Assert.That(peer.Accepted, length > 1024 * 1024 ? Is.EqualTo(3) : Is.EqualTo(1));
    }

    [Test]
    public async Task A_response_that_was_disposed_is_no_other_ones()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        using UringHttpClient client = new(Loop);
        var request = new UringHttpRequest(peer.Uri);
        await CallAsync(async () =>
        {
            UringHttpResponse first = await client.SendAsync(request);
            first.Dispose();
            using UringHttpResponse second = await client.SendAsync(request);
            Assert.That(second, Is.Not.EqualTo(first));
            first.Dispose(); // once more, which must not reach the second
            Assert.That(() => first.StatusCode, Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => first.ReadAsync().AsTask(), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(await TextAsync(second), Is.EqualTo("hello"));
        });
    }

    [Test]
    public async Task A_read_under_way_ends_when_the_response_is_disposed()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
            await peer.WaitForCloseAsync();
        });
        using UringHttpClient client = new(Loop);
        await CallAsync(async () =>
        {
            UringHttpResponse response = await client.SendAsync(new UringHttpRequest(peer.Uri));
            Task<ReadOnlyMemory<byte>> read = response.ReadAsync().AsTask();
            Assert.That(() => response.ReadAsync().AsTask(), Throws.InvalidOperationException.With.Message.Contains("under way"));
            response.Dispose();
            await Assert.ThrowsAsync<HttpIOException>(async () => await read);
        });
    }

    [Test]
    public async Task A_reader_of_single_bytes_does_not_receive_them_singly()
    {
        const int Length = 5000;
        var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n");
            await wanted.Task;
            await peer.WriteAsync(new string('x', Length));
            await peer.WaitForCloseAsync();
        });
        RingFailureTests.BreakableRing? ring = null;
        using var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => ring = new RingFailureTests.BreakableRing(RingFactory.Open(options)));
        int receives = 0; // of both kinds: what is there already is received without a completion
        ring!.Before = _ => receives += ring.Submitted.Count(submission => submission.Kind == OperationKind.Receive);
        ring.BeforeReceiveNow = () => receives++;
        using UringHttpClient client = new(loop);
        await loop.RunAsync(async () =>
        {
            using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(peer.Uri));
            wanted.SetResult();
            int before = receives;
            byte[] one = new byte[1];
            for (int i = 0; i < Length; i++)
            {
                Assert.That((await response.ReadAsync(one), one[0]), Is.EqualTo((1, (byte)'x')));
            }

            Assert.That(receives - before, Is.LessThan(Length / 10));
        }).Soon();
    }

    [Test]
    public async Task Errors_are_those_of_the_handler()
    {
        await using var nonsense = ScriptedPeer.Answering("nonsense\r\n\r\n");
        await using var shortOne = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel");
        });
        await using var silent = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        using UringHttpClient client = new(Loop, new UringHttpHandlerOptions { ReadIdleTimeout = Patience });
        await CallAsync(async () =>
        {
            var invalid = await Assert.ThrowsAsync<HttpRequestException>(
                async () => await client.SendAsync(new UringHttpRequest(nonsense.Uri)));
            Assert.That(invalid!.HttpRequestError, Is.EqualTo(HttpRequestError.InvalidResponse));

            using (UringHttpResponse response = await client.SendAsync(new UringHttpRequest(shortOne.Uri)))
            {
                var ended = await Assert.ThrowsAsync<HttpIOException>(async () => await response.ReadAsByteArrayAsync());
                Assert.That(ended!.HttpRequestError, Is.EqualTo(HttpRequestError.ResponseEnded));
                await Assert.ThatAsync(() => response.ReadAsync().AsTask(), Throws.InstanceOf<ObjectDisposedException>(), "no clean end");
            }

            using var cancel = new CancellationTokenSource();
            Task<UringHttpResponse> waiting = client.SendAsync(new UringHttpRequest(silent.Uri), cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Assert.ThatAsync(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        });
    }

    [Test]
    public async Task A_limit_of_time_is_told()
    {
        await using var silent = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        using UringHttpClient client = new(Loop, new UringHttpHandlerOptions { TotalTimeout = TimeSpan.FromMilliseconds(50) });
        await CallAsync(async () =>
        {
            var late = await Assert.ThrowsAsync<TaskCanceledException>(
                async () => await client.SendAsync(new UringHttpRequest(silent.Uri)));
            Assert.That(late!.InnerException, Is.InstanceOf<TimeoutException>());
        });
    }

    [Test]
    public async Task A_stale_connection_is_made_up_for()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(Ok);
            await peer.ReadHeadAsync(); // and closes without an answer
        });
        using UringHttpClient client = new(Loop);
        var request = new UringHttpRequest(peer.Uri);
        await CallAsync(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                using UringHttpResponse response = await client.SendAsync(request);
                Assert.That(await TextAsync(response), Is.EqualTo("hello"));
            }
        });
    }

    [Test]
    public async Task Https_and_redirects_that_are_not_followed()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\n\r\n", TlsTests.Server());
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.ReportConnectionInfo = true;
        using UringHttpClient client = new(Loop, options);
        await CallAsync(async () =>
        {
            using UringHttpResponse response = await client.SendAsync(new UringHttpRequest(peer.Uri));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Found));
            Assert.That(response.ConnectionInfo!.TlsCipherSuite, Is.Not.Null);
        });
    }

    [Test]
    public async Task It_is_for_the_loops_thread()
    {
        using UringHttpClient client = new(Loop);
        Assert.That(
            () => client.SendAsync(new UringHttpRequest(new Uri("http://127.0.0.1:1/"))).AsTask(),
            Throws.InvalidOperationException.With.Message.Contains("RunAsync"));
        client.Dispose();
        await CallAsync(() =>
        {
            Assert.That(
                () => client.SendAsync(new UringHttpRequest(new Uri("http://127.0.0.1:1/"))).AsTask(),
                Throws.InstanceOf<ObjectDisposedException>());
            return Task.CompletedTask;
        });
    }

    [Test]
    public void What_cannot_be_prepared_is_refused_with_the_reason()
    {
        Assert.That(() => new UringHttpRequest(new Uri("/x", UriKind.Relative)), Throws.InvalidOperationException);
        Assert.That(() => new UringHttpRequest(new Uri("ftp://x/")), Throws.InstanceOf<NotSupportedException>());
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "http://x/") { Content = new StringContent("x") };
        chunked.Headers.TransferEncodingChunked = true;
        Assert.That(() => new UringHttpRequest(chunked), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("chunked"));
    }

    private static ScriptedPeer Recording(List<string> heads, string answer) => new(async peer =>
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            heads.Add(head);
            await peer.WriteAsync(answer);
        }
    });

    private static async Task<string> TextAsync(UringHttpResponse response)
    {
        var text = new StringBuilder();
        ReadOnlyMemory<byte> piece;
        while (!(piece = await response.ReadAsync()).IsEmpty)
        {
            text.Append(Encoding.ASCII.GetString(piece.Span));
        }

        return text.ToString();
    }
}
