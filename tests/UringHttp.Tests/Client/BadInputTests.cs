using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>What a peer, or a caller, does wrong: each its own clear error, and nothing leaks.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class BadInputTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    /// <summary>Response, error, and words that the message must have.</summary>
    private static readonly object[][] BadHeads =
    [
        ["", HttpRequestError.ResponseEnded, "closed the connection without answering"],
        ["HTTP/1.1 200 OK\r\nContent-Le", HttpRequestError.ResponseEnded, "in the head of the response, after 27 bytes"],
        ["junk HTTP/1.1 200 OK\r\n\r\n", HttpRequestError.InvalidResponse, "byte 0"],
        ["HTTP/2.0 200 OK\r\n\r\n", HttpRequestError.InvalidResponse, "version"],
        ["HTTP/1.1 2x0 OK\r\n\r\n", HttpRequestError.InvalidResponse, "status"],
        ["HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", HttpRequestError.InvalidResponse, "field name"],
        ["HTTP/1.1 200 OK\r\nName : x\r\n\r\n", HttpRequestError.InvalidResponse, "colon"],
        ["HTTP/1.1 200 OK\r\nA: x\r\n folded\r\n\r\n", HttpRequestError.InvalidResponse, "fold"],
        ["HTTP/1.1 200 OK\r\nA: x\0y\r\n\r\n", HttpRequestError.InvalidResponse, "control"],
        ["HTTP/1.1 200 OK\nA: x\n\n", HttpRequestError.InvalidResponse, "LF"],
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            HttpRequestError.InvalidResponse,
            "Transfer-Encoding",
        ],
        ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", HttpRequestError.InvalidResponse, "Content-Length"],
        ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", HttpRequestError.InvalidResponse, "Content-Length"],
        ["HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", HttpRequestError.InvalidResponse, "Content-Length"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", HttpRequestError.InvalidResponse, "chunked"],
    ];

    private static readonly object[][] BadBodies =
    [
        ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", HttpRequestError.ResponseEnded, "5 bytes before the end"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", HttpRequestError.ResponseEnded, "before the end"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", HttpRequestError.InvalidResponse, "chunk size"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000\r\n", HttpRequestError.InvalidResponse, "chunk size"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n", HttpRequestError.InvalidResponse, "chunk"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\nhello\r\n", HttpRequestError.InvalidResponse, "LF without CR"],
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nBad Name: x\r\n\r\n", HttpRequestError.InvalidResponse, "field name"],
    ];

    [TestCaseSource(nameof(BadHeads))]
    public async Task A_bad_head_is_refused(string response, HttpRequestError error, string words)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(response);
            peer.Finish();
            await peer.WaitForCloseAsync();
        });
        HttpRequestException thrown = await FailAsync(peer.Uri);
        Assert.That(thrown.HttpRequestError, Is.EqualTo(error), thrown.Message);
        Assert.That(thrown.Message, Does.Contain(words).IgnoreCase.And.Contain($"127.0.0.1:{peer.Port}"));
    }

    [TestCaseSource(nameof(BadBodies))]
    public async Task A_bad_body_is_an_error_and_not_a_short_success(string response, HttpRequestError error, string words)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(response);
            peer.Finish();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        HttpIOException? thrown = null;
        await CallAsync(async () =>
        {
            using HttpResponseMessage head = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await head.Content.ReadAsStreamAsync();
            thrown = await Assert.ThrowsAsync<HttpIOException>(async () => await ReadToEndAsync(body));
        });
        Assert.That(thrown!.HttpRequestError, Is.EqualTo(error), thrown.Message);
        Assert.That(thrown.Message, Does.Contain(words).IgnoreCase);

        HttpRequestException buffered = await FailAsync(peer.Uri);
        Assert.That(buffered.HttpRequestError, Is.EqualTo(error), buffered.Message);
    }

    [TestCase("")]
    [TestCase("HTTP/1.1 200 OK\r\nX: ")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\n\r\nhello")]
    public async Task A_reset_is_an_error_wherever_it_comes(string response)
    {
        // The last case is a body that ends by close: a reset must not be taken for its end.
        var arrived = new SemaphoreSlim(0);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(response);
            if (response.EndsWith("hello", StringComparison.Ordinal) || response.EndsWith("hello\r\n", StringComparison.Ordinal))
            {
                await arrived.WaitAsync(peer.Stop);
            }

            peer.Reset();
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            Exception? thrown = null;
            try
            {
                using HttpResponseMessage head = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
                Stream body = await head.Content.ReadAsStreamAsync();
                byte[] hello = new byte[5];
                await body.ReadExactlyAsync(hello);
                arrived.Release();
                await ReadToEndAsync(body);
            }
            catch (Exception e) when (e is HttpRequestException or HttpIOException)
            {
                thrown = e;
            }

            Assert.That(thrown, Is.Not.Null, "a reset was taken for the end");
            Assert.That(thrown!.Message, Does.Contain("reset").Or.Contain("closed the connection"));
        });
    }

    [Test]
    public async Task An_oversized_or_endless_head_is_refused_at_the_limit([Values(1, 64, 200)] int limitKib)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\n");
            for (int i = 0; ; i++)
            {
                await peer.WriteAsync($"X-{i}: {new string('x', 500)}\r\n");
            }
        });
        HttpRequestException thrown = await FailAsync(peer.Uri, new UringHttpHandlerOptions { MaxResponseHeadersLength = limitKib });
        Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.ConfigurationLimitExceeded), thrown.Message);
    }

    [Test]
    public async Task A_head_up_to_the_limit_is_taken([Values(15, 60, 190)] int kib)
    {
        string value = new('x', 1000);
        string fields = string.Concat(Enumerable.Range(0, kib).Select(i => $"X-{i}: {value}\r\n"));
        await using var peer = ScriptedPeer.Answering($"HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\nok");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxResponseHeadersLength = 200 });
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
            Assert.That(response.Headers.GetValues($"X-{kib - 1}").Single(), Is.EqualTo(value));
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("ok"));
        }
    }

    [Test]
    public async Task Informational_heads_without_end_are_refused()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            while (true)
            {
                await peer.WriteAsync("HTTP/1.1 103 Early Hints\r\n\r\n");
            }
        });
        HttpRequestException thrown = await FailAsync(peer.Uri);
        Assert.That(thrown.Message, Does.Contain("informational"));
    }

    [Test]
    public async Task A_refused_connection_names_the_endpoint_and_the_cause()
    {
        Uri nobody;
        await using (var peer = ScriptedPeer.Answering("x"))
        {
            nobody = peer.Uri;
        }

        HttpRequestException thrown = await FailAsync(nobody);
        Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.ConnectionError));
        Assert.That(thrown.Message, Does.Contain(nobody.Authority).And.Contain("ECONNREFUSED"));
        Assert.That(thrown.InnerException, Is.InstanceOf<UringException>());
    }

    [Test]
    public async Task An_unknown_host_is_a_name_resolution_error()
    {
        HttpRequestException thrown = await FailAsync(new Uri("http://no-such-host.invalid/"));
        Assert.That(thrown.HttpRequestError, Is.EqualTo(HttpRequestError.NameResolutionError));
        Assert.That(thrown.Message, Does.Contain("no-such-host.invalid"));
    }

    [Test]
    public async Task A_server_that_never_answers_meets_the_clients_timeout(
        [Values("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")] string start)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(start);
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        client.Timeout = TimeSpan.FromMilliseconds(200);
        await CallAsync(async () =>
        {
            TaskCanceledException? thrown = await Assert.ThrowsAsync<TaskCanceledException>(
                async () => await client.GetStringAsync(peer.Uri));
            Assert.That(thrown!.InnerException, Is.InstanceOf<TimeoutException>());
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }

    [Test]
    public async Task A_server_that_answers_before_the_request_is_sent_is_not_believed()
    {
        // The bytes stand in the socket before anybody asks. They may be taken for the answer to the first request, as by every
        // client; but what comes behind them is not taken for the answer to a second one.
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearlyHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("early"));
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("early"));
        Assert.That(peer.Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task Connect_timeout_is_told_apart()
    {
        // A listener whose backlog is full does not answer a SYN: connecting neither succeeds nor fails.
        using var full = new FullListener();
        HttpClient client = NewClient(new UringHttpHandlerOptions { ConnectTimeout = TimeSpan.FromMilliseconds(200) });
        await CallAsync(async () =>
        {
            TaskCanceledException? thrown = await Assert.ThrowsAsync<TaskCanceledException>(
                async () => await client.GetStringAsync(full.Uri));
            Assert.That(thrown!.InnerException, Is.InstanceOf<TimeoutException>());
            Assert.That(thrown.InnerException!.Message, Does.Contain("ConnectTimeout").And.Contain(full.Uri.Authority));
        });
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task A_header_with_a_line_break_never_leaves()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        HttpClient client = NewClient();
        await CallAsync(() => client.GetStringAsync(peer.Uri));
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        request.Headers.TryAddWithoutValidation("X-Evil", "a\r\nInjected: 1");
        await CallAsync(async () =>
        {
            Exception? thrown = await Assert.CatchAsync(async () => await client.SendAsync(request));
            Assert.That(thrown!.Message, Does.Contain("X-Evil").Or.Contain("new-line"));
        });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("ok"));
        Assert.That(peer.Accepted, Is.EqualTo(1), "the connection is as good as before");
    }

    [Test]
    public async Task A_content_that_does_not_keep_its_word_fails_the_request([Values(4, 6)] int written)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            var content = new StreamContent(new MemoryStream(new byte[written]));
            content.Headers.ContentLength = 5;
            Exception? thrown = await Assert.CatchAsync(async () => await client.PostAsync(peer.Uri, content));
            Assert.That(thrown!.Message, Does.Contain("Content-Length"));
        });
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task A_content_that_throws_fails_the_request_with_its_own_exception()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            await Assert.ThatAsync(async () => await client.PostAsync(peer.Uri, new ThrowingContent()),
                Throws.InstanceOf<ArithmeticException>().With.Message.EqualTo("from the content"));
        });
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task A_request_that_cannot_be_sent_is_refused_with_its_reason()
    {
        HttpClient client = NewClient();
        await Assert.ThatAsync(
            async () => await client.GetAsync(new Uri("ftp://127.0.0.1/")),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("http and https"));
        var exact = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        HttpRequestException? thrown = await Assert.ThrowsAsync<HttpRequestException>(async () => await client.SendAsync(exact));
        Assert.That(thrown!.HttpRequestError, Is.EqualTo(HttpRequestError.VersionNegotiationError));
        var chunkedInOld = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1/")
        {
            Version = HttpVersion.Version10,
            Content = new StreamContent(new MemoryStream()),
        };
        chunkedInOld.Headers.TransferEncodingChunked = true;
        await Assert.ThatAsync(async () => await client.SendAsync(chunkedInOld), Throws.InstanceOf<NotSupportedException>());
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        Refuse("MaxConnectionsPerServer", new UringHttpHandlerOptions { MaxConnectionsPerServer = 0 });
        Refuse("ConnectTimeout", new UringHttpHandlerOptions { ConnectTimeout = TimeSpan.Zero });
        Refuse("ResponseHeadTimeout", new UringHttpHandlerOptions { ResponseHeadTimeout = TimeSpan.Zero });
        Refuse("ReadIdleTimeout", new UringHttpHandlerOptions { ReadIdleTimeout = TimeSpan.FromSeconds(-1) });
        Refuse("TotalTimeout", new UringHttpHandlerOptions { TotalTimeout = TimeSpan.MaxValue });
        Refuse("PooledConnectionIdleTimeout", new UringHttpHandlerOptions { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(-2) });
        Refuse("MaxResponseHeadersLength", new UringHttpHandlerOptions { MaxResponseHeadersLength = 0 });

        void Refuse(string name, UringHttpHandlerOptions options) => Assert.That(
            () => new UringHttpHandler(Loop, options), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains(name));
    }

    [Test]
    public async Task A_request_that_there_is_no_buffer_for_is_not_sent_and_leaves_its_connection([Values(0, 1)] int free)
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        const int Memory = 1024 * 1024;
        using var loop = new UringLoop(new UringLoopOptions { Backend = Backend, MaxBlockMemory = Memory });
        using var client = new HttpClient(new UringHttpHandler(loop));
        await loop.RunAsync(async () =>
        {
            Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello"));
            List<Block> all = [.. Enumerable.Range(0, (Memory / LoopCore.BlockSize) - free).Select(_ => loop.Core.Blocks.Rent())];
            HttpRequestException? thrown = await Assert.ThrowsAsync<HttpRequestException>(
                async () => await client.GetStringAsync(peer.Uri));
            Assert.That(thrown!.Message, Does.Contain(peer.Uri.Authority).And.Contain("not sent").And.Contain("MaxBlockMemory"));
            all.ForEach(block => block.Return());
            Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello"));
        }).Soon();
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    private async Task<HttpRequestException> FailAsync(Uri uri, UringHttpHandlerOptions? options = null)
    {
        HttpClient client = NewClient(options);
        HttpRequestException? thrown = null;
        await CallAsync(async () =>
        {
            thrown = await Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetStringAsync(uri));
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
        return thrown!;
    }

    private static async Task ReadToEndAsync(Stream body)
    {
        byte[] buffer = new byte[100];
        while (await body.ReadAsync(buffer) > 0)
        {
        }
    }

    private sealed class ThrowingContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            throw new ArithmeticException("from the content");

        protected override bool TryComputeLength(out long length)
        {
            length = 5;
            return true;
        }
    }
}
