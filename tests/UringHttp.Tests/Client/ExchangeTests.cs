using System.Net;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ExchangeTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"];

    [Test]
    public async Task A_body_of_known_length_is_read([Values(0, 1, 5, 4096, 16_383, 16_384, 16_385, 1_000_000)] int length)
    {
        byte[] body = MakeBody(length);
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                await peer.WriteAsync(body);
            }
        });
        HttpClient client = NewClient();
        byte[][] got = await CallAsync(async () =>
            new[] { await client.GetByteArrayAsync(peer.Uri), await client.GetByteArrayAsync(peer.Uri) });
        AssertSame(got[0], body);
        AssertSame(got[1], body);
        Assert.That(peer.Accepted, Is.EqualTo(1), "the second request uses the connection of the first");
    }

    [Test]
    public async Task A_chunked_body_is_read_whatever_its_chunks([Values(1, 3, 1000, 16_384, 70_000)] int chunk)
    {
        byte[] body = MakeBody(200_000 / (chunk < 10 ? 20 : 1));
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync(Chunked(body, chunk));
            }
        });
        HttpClient client = NewClient();
        for (int i = 0; i < 2; i++)
        {
            AssertSame(await CallAsync(() => client.GetByteArrayAsync(peer.Uri)), body);
        }

        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_body_may_end_by_close()
    {
        byte[] body = MakeBody(100_000);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            await peer.WriteAsync(body);
        });
        HttpClient client = NewClient();
        AssertSame(await CallAsync(() => client.GetByteArrayAsync(peer.Uri)), body);
        AssertSame(await CallAsync(() => client.GetByteArrayAsync(peer.Uri)), body);
        Assert.That(peer.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task A_response_that_comes_byte_by_byte_is_read()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.DribbleAsync("HTTP/1.1 200 Fine\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
                await peer.DribbleAsync("5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n");
            }
        });
        HttpClient client = NewClient();
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
        Assert.That(response.ReasonPhrase, Is.EqualTo("Fine"));
        Assert.That(response.Headers.GetValues("X-One"), Is.EqualTo(new[] { "1" }));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("hello!"));
    }

    [TestCaseSource(nameof(Methods))]
    public async Task A_method_is_sent_as_it_is_named(string method)
    {
        string? head = null;
        await using var peer = new ScriptedPeer(async peer =>
        {
            head = await peer.ReadHeadAsync();
            await peer.WriteAsync(Ok);
        });
        HttpClient client = NewClient();
        using HttpResponseMessage response = await CallAsync(() =>
            client.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(peer.Uri, "/a/b?c=d%20e"))));
        Assert.That(head, Does.StartWith($"{method} /a/b?c=d%20e HTTP/1.1\r\nHost: 127.0.0.1:{peer.Port}\r\n"));
        bool saysZero = method is "POST" or "PUT" or "PATCH" or "PROPFIND";
        Assert.That(head!.Contains("Content-Length: 0\r\n", StringComparison.Ordinal), Is.EqualTo(saysZero));
    }

    [TestCase("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    [TestCase("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [TestCase("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: \"x\"\r\n\r\n")]
    [TestCase("GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")]
    public async Task A_response_without_a_body_leaves_the_connection_free(string method, string response)
    {
        await using var peer = ScriptedPeer.Answering(response);
        HttpClient client = NewClient();
        for (int i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), peer.Uri);
            using HttpResponseMessage got = await CallAsync(() => client.SendAsync(request));
            Assert.That(await got.Content.ReadAsByteArrayAsync(), Is.Empty);
        }

        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task Fields_arrive_in_both_directions()
    {
        string? head = null;
        await using var peer = new ScriptedPeer(async peer =>
        {
            head = await peer.ReadHeadAsync();
            await peer.WriteAsync(
                "HTTP/1.1 200 OK\r\nServer: x/1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Obs: caf\xe9\r\nContent-Type: text/plain\r\n"
                + "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n");
        });
        HttpClient client = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        request.Headers.Add("X-Many", ["1", "2"]);
        request.Headers.UserAgent.ParseAdd("a/1 (b) c/2");
        request.Headers.Host = "example.org";
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(head, Does.Contain("\r\nX-Many: 1, 2\r\n"));
        Assert.That(head, Does.Contain("\r\nUser-Agent: a/1 (b) c/2\r\n"));
        Assert.That(head, Does.Contain("\r\nHost: example.org\r\n"));
        Assert.That(response.Headers.GetValues("Set-Cookie"), Is.EqualTo(new[] { "a=1", "b=2" }));
        Assert.That(response.Headers.GetValues("X-Obs"), Is.EqualTo(new[] { "caf\xe9" }));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
        Assert.That(response.Content.Headers.LastModified, Is.Not.Null);
        Assert.That(response.Content.Headers.Allow, Is.EqualTo(new[] { "GET" }));
        Assert.That(response.Version, Is.EqualTo(HttpVersion.Version11));
        Assert.That(response.RequestMessage, Is.SameAs(request));
    }

    [Test]
    public async Task A_content_of_known_length_is_sent([Values(0, 1, 5000, 20_000, 3_000_000)] int length)
    {
        byte[] body = MakeBody(length);
        byte[] got = [];
        string? head = null;
        await using var peer = new ScriptedPeer(async peer =>
        {
            for (int i = 0; i < 2; i++)
            {
                head = await peer.ReadHeadAsync();
                got = await peer.ReadAsync(length);
                await peer.WriteAsync(Ok);
            }
        });
        HttpClient client = NewClient();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.PostAsync(peer.Uri, new ByteArrayContent(body)));
            Assert.That(head, Does.Contain($"\r\nContent-Length: {length}\r\n").And.Not.Contain("Transfer-Encoding"));
            AssertSame(got, body);
        }

        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_content_of_unknown_length_is_sent_chunked([Values(0, 1, 5000, 20_000, 3_000_000)] int length)
    {
        byte[] body = MakeBody(length);
        string got = string.Empty;
        string? head = null;
        await using var peer = new ScriptedPeer(async peer =>
        {
            head = await peer.ReadHeadAsync();
            got = await peer.ReadChunkedAsync();
            await peer.WriteAsync(Ok);
        });
        HttpClient client = NewClient();
        using HttpResponseMessage response = await CallAsync(() => client.PostAsync(peer.Uri, new UnknownLength(body)));
        Assert.That(head, Does.Contain("\r\nTransfer-Encoding: chunked\r\n").And.Not.Contain("Content-Length"));
        AssertSame(Dechunk(got), body);
    }

    [Test]
    public async Task Connection_close_is_honoured_from_either_side()
    {
        var heads = new List<string>();
        await using var peer = new ScriptedPeer(async peer =>
        {
            heads.Add((await peer.ReadHeadAsync())!);
            await peer.WriteAsync(peer.Index == 0 ? "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello" : Ok);
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        using var closing = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        closing.Headers.ConnectionClose = true;
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(closing));
        Assert.That(heads[1], Does.Contain("\r\nConnection: close\r\n"));
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(peer.Accepted, Is.EqualTo(3));
    }

    [Test]
    public async Task Http_1_0_is_spoken_when_asked_for()
    {
        string? head = null;
        await using var peer = new ScriptedPeer(async peer =>
        {
            head = await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.0 200 OK\r\n\r\nold");
        });
        HttpClient client = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri) { Version = HttpVersion.Version10 };
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(head, Does.StartWith("GET / HTTP/1.0\r\n"));
        Assert.That(response.Version, Is.EqualTo(HttpVersion.Version10));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("old"));
    }

    [Test]
    public async Task Code_on_the_loop_stays_on_it_and_other_code_never_gets_there()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            Assert.That(Loop.IsLoopThread, Is.EqualTo(Caller == Caller.Loop));
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Assert.That(Loop.IsLoopThread, Is.EqualTo(Caller == Caller.Loop));
            await response.Content.ReadAsStringAsync();
            Assert.That(Loop.IsLoopThread, Is.EqualTo(Caller == Caller.Loop));
        });
    }

    [Test]
    public async Task A_slow_reader_bounds_memory()
    {
        const long Length = 64L * 1024 * 1024;
        long sent = 0;
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n");
            byte[] part = new byte[64 * 1024];
            for (; sent < Length; sent += part.Length)
            {
                await peer.WriteAsync(part);
            }
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[100];
            Assert.That(await body.ReadAsync(buffer), Is.GreaterThan(0));

            // Nobody reads, so the server is held up by the kernel's buffers, and we hold one block.
            long before;
            do
            {
                before = Volatile.Read(ref sent);
                await Task.Delay(50);
            }
            while (Volatile.Read(ref sent) != before);
            Assert.That(Volatile.Read(ref sent), Is.LessThan(Length));
            Assert.That(Loop.Counters.BlocksRented, Is.LessThanOrEqualTo(2), "that of the head, and a large one");

            long read = 0;
            var rest = new byte[1 << 16];
            for (int count; (count = await body.ReadAsync(rest)) > 0; read += count)
            {
            }

            Assert.That(read, Is.GreaterThan(Length - 200));
        });
    }

    internal static byte[] MakeBody(int length)
    {
        byte[] body = new byte[length];
        new Random(length).NextBytes(body);
        return body;
    }

    private static byte[] Chunked(byte[] body, int chunk)
    {
        var text = new MemoryStream();
        text.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        for (int at = 0; at < body.Length; at += chunk)
        {
            int count = Math.Min(chunk, body.Length - at);
            text.Write(Encoding.ASCII.GetBytes($"{count:X}\r\n"));
            text.Write(body, at, count);
            text.Write("\r\n"u8);
        }

        text.Write("0\r\n\r\n"u8);
        return text.ToArray();
    }

    private static byte[] Dechunk(string text)
    {
        var body = new MemoryStream();
        while (true)
        {
            int line = text.IndexOf("\r\n", StringComparison.Ordinal);
            int size = Convert.ToInt32(text[..line], 16);
            if (size == 0)
            {
                return body.ToArray();
            }

            body.Write(Encoding.Latin1.GetBytes(text.Substring(line + 2, size)));
            text = text[(line + 2 + size + 2)..];
        }
    }

    /// <summary>A content that does not know its length, written in pieces.</summary>
    private sealed class UnknownLength(byte[] body) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (int at = 0, piece = 1; at < body.Length; at += piece, piece = (piece * 3) + 1)
            {
                await stream.WriteAsync(body.AsMemory(at, Math.Min(piece, body.Length - at)));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
