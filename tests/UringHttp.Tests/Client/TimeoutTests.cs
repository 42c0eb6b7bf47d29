using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>The limits of time: each says what was waited for, and holds for one request as for all.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class TimeoutTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Test]
    public async Task A_head_that_does_not_come([Values] bool ofRequest, [Values] bool withContent)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(ofRequest ? null : new UringHttpHandlerOptions { ResponseHeadTimeout = Short });
        var request = new HttpRequestMessage(HttpMethod.Post, peer.Uri) { Content = withContent ? new StringContent("content") : null };
        if (ofRequest)
        {
            request.Options.Set(UringHttpRequestOptions.ResponseHeadTimeout, Short);
        }

        await AssertTimesOutAsync(() => client.SendAsync(request), "ResponseHeadTimeout (0.05 s)", peer.Uri.Authority);
    }

    [Test]
    public async Task A_closed_connection_leaves_no_timer_behind()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { ResponseHeadTimeout = Long });
        await CallAsync(async () => Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello")));
        await UntilAsync(now => now.OpenDescriptors == 0);
        int timers = -1;
        await Loop.RunAsync(() =>
        {
            timers = Loop.Core.Timers.Count;
            return Task.CompletedTask;
        });
        Assert.That(timers, Is.Zero);
    }

    [Test]
    public async Task The_time_in_which_the_content_is_sent_does_not_count()
    {
        TimeSpan limit = TimeSpan.FromSeconds(1); // the answer itself must never take so long, however busy the machine is
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            Assert.That(await peer.ReadChunkedAsync(), Is.EqualTo("3\r\ncon\r\n4\r\ntent\r\n0\r\n\r\n"));
            await peer.WriteAsync(Ok);
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { ResponseHeadTimeout = limit });
        var content = new SlowContent(() => Task.Delay(limit * 1.2));
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.PostAsync(peer.Uri, content);
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("hello"));
        });
    }

    [Test]
    public async Task A_body_that_stops(
        [Values] bool ofRequest, [Values("Content-Length: 10", "Transfer-Encoding: chunked")] string framing)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n5\r\nhel");
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(ofRequest ? null : new UringHttpHandlerOptions { ReadIdleTimeout = Short });
        var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        if (ofRequest)
        {
            request.Options.Set(UringHttpRequestOptions.ReadIdleTimeout, Short);
        }

        await AssertTimesOutAsync(
            async () =>
            {
                using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Stream body = await response.Content.ReadAsStreamAsync();
                await body.CopyToAsync(Stream.Null);
            },
            "ReadIdleTimeout (0.05 s)",
            peer.Uri.Authority);
    }

    [Test]
    public async Task A_body_that_nobody_reads_is_not_idle()
    {
        TimeSpan limit = TimeSpan.FromMilliseconds(500);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + new string('x', 100_000));
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { ReadIdleTimeout = limit });
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[100_000];
            await body.ReadExactlyAsync(buffer.AsMemory(0, 3));
            await Task.Delay(limit * 1.2); // the thing itself: a reader that takes its time
            await body.ReadExactlyAsync(buffer.AsMemory(3));
            Assert.That(buffer, Has.All.EqualTo((byte)'x'));
        });
    }

    [Test]
    public async Task All_of_it_before_the_head([Values] bool whileConnecting)
    {
        using var full = new FullListener();
        await using var peer = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        Uri uri = whileConnecting ? full.Uri : peer.Uri;
        HttpClient client = NewClient();
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Options.Set(UringHttpRequestOptions.TotalTimeout, Short);
        await AssertTimesOutAsync(
            () => client.SendAsync(request), "TotalTimeout allows (0.05 s)", uri.Authority, "before the response's head");
    }

    [Test]
    public async Task All_of_it_while_it_waits_for_a_connection()
    {
        await using var peer = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        using var cancel = new CancellationTokenSource();
        Task first = CallAsync(() => client.GetAsync(peer.Uri, cancel.Token));
        await UntilAsync(counters => counters.OpenDescriptors > 0);
        var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        request.Options.Set(UringHttpRequestOptions.TotalTimeout, Short);
        await AssertTimesOutAsync(() => client.SendAsync(request), "TotalTimeout");
        await cancel.CancelAsync();
        await first.Fails<OperationCanceledException>();
    }

    [Test]
    public async Task All_of_it_within_a_body_that_dribbles()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
            while (true)
            {
                await peer.WriteAsync("x");
                await Task.Delay(1, peer.Stop);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { TotalTimeout = Short * 4, ReadIdleTimeout = Patience });
        await AssertTimesOutAsync(
            async () =>
            {
                using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
                await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null);
            },
            "TotalTimeout",
            peer.Uri.Authority,
            "within the response's body");
    }

    [Test]
    public async Task All_of_it_over_redirects()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxAutomaticRedirections = int.MaxValue, TotalTimeout = Short * 4 });
        await AssertTimesOutAsync(() => client.GetAsync(peer.Uri), "TotalTimeout", peer.Uri.Authority);
    }

    [Test]
    public async Task Limits_that_are_kept_end_nothing_and_leave_the_connection()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            ConnectTimeout = Patience,
            ResponseHeadTimeout = Patience,
            ReadIdleTimeout = Patience,
            TotalTimeout = Patience,
        });
        for (int i = 0; i < 20; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        // A connection that had limits serves a request without, for longer than they were.
        var free = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        foreach (HttpRequestOptionsKey<TimeSpan> key in Keys)
        {
            free.Options.Set(key, Timeout.InfiniteTimeSpan);
        }

        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(free));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_request_says_what_cannot_be([ValueSource(nameof(Keys))] HttpRequestOptionsKey<TimeSpan> key)
    {
        HttpClient client = NewClient();
        var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1/");
        request.Options.Set(key, TimeSpan.Zero);
        var thrown = await CallAsync(() => client.SendAsync(request)).Fails<ArgumentOutOfRangeException>();
        Assert.That(thrown.Message, Does.Contain(key.Key).And.Contain("greater than zero"));
    }

    [Test]
    public async Task A_request_with_redirects_of_its_own()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient();
        var none = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        none.Options.Set(UringHttpRequestOptions.AllowAutoRedirect, false);
        var two = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        two.Options.Set(UringHttpRequestOptions.MaxAutomaticRedirections, 2);
        using HttpResponseMessage first = await CallAsync(() => client.SendAsync(none));
        using HttpResponseMessage second = await CallAsync(() => client.SendAsync(two));
        Assert.That(first.RequestMessage!.RequestUri!.AbsolutePath, Is.EqualTo("/"));
        Assert.That(second.RequestMessage!.RequestUri!.AbsolutePath, Is.EqualTo("/again"));
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.Found));

        var wrong = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        wrong.Options.Set(UringHttpRequestOptions.MaxAutomaticRedirections, 0);
        var thrown = await CallAsync(() => client.SendAsync(wrong)).Fails<ArgumentOutOfRangeException>();
        Assert.That(thrown.Message, Does.Contain("MaxAutomaticRedirections must be at least 1"));
    }

    [Test]
    public async Task A_request_with_a_proxy_of_its_own()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        await using var proxy = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
        HttpClient client = NewClient(new UringHttpHandlerOptions { UseProxy = false });
        var byProxy = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        byProxy.Options.Set(UringHttpRequestOptions.Proxy, new WebProxy(proxy.Uri));
        Assert.That(await ReadAsync(client, byProxy), Is.EqualTo("proxy"));
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));

        HttpClient proxied = NewClient(new UringHttpHandlerOptions { Proxy = new WebProxy(proxy.Uri) });
        var straight = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        straight.Options.Set(UringHttpRequestOptions.Proxy, new WebProxy());
        Assert.That(await ReadAsync(proxied, straight), Is.EqualTo("hello"));
        Assert.That(await CallAsync(() => proxied.GetStringAsync(peer.Uri)), Is.EqualTo("proxy"));
    }

    [Test]
    public void The_options_of_a_request_that_has_none_are_not_made()
    {
        Assert.That(RequestOptionsAccess.KnowsField, Is.True, "this runtime keeps them elsewhere: each request costs 104 bytes more");
        using var request = new HttpRequestMessage();
        Assert.That(RequestOptionsAccess.TryGet(request), Is.Null);
        HttpRequestOptions own = request.Options;
        Assert.That(RequestOptionsAccess.TryGet(request), Is.SameAs(own));
    }

    private static HttpRequestOptionsKey<TimeSpan>[] Keys =>
    [
        UringHttpRequestOptions.ConnectTimeout, UringHttpRequestOptions.ResponseHeadTimeout,
        UringHttpRequestOptions.ReadIdleTimeout, UringHttpRequestOptions.TotalTimeout,
    ];

    private Task<string> ReadAsync(HttpClient client, HttpRequestMessage request) => CallAsync(async () =>
    {
        using HttpResponseMessage response = await client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    });

    private async Task AssertTimesOutAsync(Func<Task> call, params string[] parts)
    {
        TaskCanceledException? thrown = null;
        await CallAsync(async () => thrown = await Assert.ThrowsAsync<TaskCanceledException>(call));
        Assert.That(thrown!.InnerException, Is.InstanceOf<TimeoutException>());
        foreach (string part in parts)
        {
            Assert.That(thrown.InnerException!.Message, Does.Contain(part));
        }
    }

    /// <summary>Content that begins, waits, and ends.</summary>
    private sealed class SlowContent(Func<Task> wait) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("con"u8.ToArray());
            await stream.FlushAsync();
            await wait();
            await stream.WriteAsync("tent"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
