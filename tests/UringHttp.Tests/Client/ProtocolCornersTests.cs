using System.Net;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Trailers, 100-continue, interim answers, switched protocols, calls that block.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ProtocolCornersTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task Trailers_are_there_when_the_body_has_ended()
    {
        const string Answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
            "5\r\nhello\r\n0\r\nX-Sum: 5d41\r\nX-Other: a\r\nX-Other: b\r\n\r\n";
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(Answer);
            await peer.ReadHeadAsync();
            await peer.DribbleAsync(Answer);
        });
        HttpClient client = NewClient();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("hello"));
            Assert.That(response.TrailingHeaders.GetValues("X-Sum"), Is.EqualTo(["5d41"]));
            Assert.That(response.TrailingHeaders.GetValues("X-Other"), Is.EqualTo(["a", "b"]));
        }

        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_content_that_expects_100_waits_for_it()
    {
        bool early = true;
        await using var peer = new ScriptedPeer(async peer =>
        {
            string head = (await peer.ReadHeadAsync())!;
            Assert.That(head, Does.Contain("Expect: 100-continue"));
            early = peer.HasMore;
            await peer.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
            byte[] body = await peer.ReadAsync(5);
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{Encoding.ASCII.GetString(body)}");
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan });
        Assert.That(await CallAsync(() => PostExpectingAsync(client, peer.Uri)), Is.EqualTo((HttpStatusCode.OK, "hello")));
        Assert.That(early, Is.False);
    }

    [Test]
    public async Task A_content_that_expects_100_is_sent_unasked_after_a_while()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.ReadAsync(5);
            await peer.WriteAsync(Ok);
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Expect100ContinueTimeout = TimeSpan.FromMilliseconds(20) });
        Assert.That(await CallAsync(() => PostExpectingAsync(client, peer.Uri)), Is.EqualTo((HttpStatusCode.OK, "hello")));
    }

    [Test]
    public async Task A_content_that_is_refused_before_it_was_asked_for_is_never_sent()
    {
        byte[]? sent = null;
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
            sent = await peer.ReadToEndAsync();
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan });
        Assert.That(
            await CallAsync(() => PostExpectingAsync(client, peer.Uri)), Is.EqualTo((HttpStatusCode.ExpectationFailed, "no")));
        await UntilAsync(now => now.OpenDescriptors == 0);
        await UntilAsync(_ => sent is not null);
        Assert.That(sent, Is.Empty);
    }

    [Test]
    public async Task A_final_answer_instead_of_100_gives_the_connection_back_once()
    {
        int requests = 0;
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                Interlocked.Increment(ref requests);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan });
        await CallAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, peer.Uri) { Content = new StringContent(string.Empty) };
            request.Headers.ExpectContinue = true;
            (await client.SendAsync(request)).Dispose();

            // Were it in the pool twice, two of these would share it.
            await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => (await client.GetAsync(peer.Uri)).EnsureSuccessStatusCode()));
        });
        Assert.That(requests, Is.EqualTo(21));
    }

    [Test]
    public async Task Interim_answers_are_told_in_order()
    {
        await using var peer = ScriptedPeer.Answering(
            $"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n{Ok}");
        var told = new List<string>();
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            InformationalResponseReceived = interim =>
            {
                lock (told)
                {
                    told.Add($"{(int)interim.StatusCode} {string.Join(',', interim.Headers.Select(field => field.Key))}");
                }
            },
        });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        await UntilAsync(_ => told.Count == 2);
        Assert.That(told, Is.EquivalentTo(["103 Link", "102 "]));
    }

    [Test]
    public async Task A_switched_connection_is_a_stream_both_ways()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst");
            while (await peer.ReadAsync(4) is { Length: > 0 } bytes)
            {
                await peer.WriteAsync(bytes);
            }
        });
        HttpClient client = NewClient();
        await CallAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.ParseAdd("echo");
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.SwitchingProtocols));
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[5];
            Assert.That(await stream.ReadAsync(Memory<byte>.Empty), Is.Zero, "what came with the head is there to read");
            await stream.ReadExactlyAsync(buffer);
            Assert.That(buffer, Is.EqualTo("first"u8.ToArray()));
            for (int i = 0; i < 10; i++)
            {
                Task read = stream.ReadExactlyAsync(buffer.AsMemory(0, 4)).AsTask(); // a read in flight does not hold up a write
                await stream.WriteAsync("ping"u8.ToArray());
                await read;
                Assert.That(buffer.AsSpan(0, 4).SequenceEqual("ping"u8));
            }
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }

    [Test]
    public async Task A_call_that_blocks_works_off_the_loop_and_says_so_on_it()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient();
        await CallAsync(() =>
        {
            if (Caller == Caller.Loop)
            {
                InvalidOperationException? e = Assert.Throws<InvalidOperationException>(() => Send(client, peer.Uri));
                Assert.That(e!.Message, Does.Contain("SendAsync"));
            }
            else
            {
                Assert.That(Send(client, peer.Uri), Is.EqualTo("hello"));
            }

            return Task.CompletedTask;
        });
    }

    private static string Send(HttpClient client, Uri uri)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using HttpResponseMessage response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        return reader.ReadToEnd();
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostExpectingAsync(HttpClient client, Uri uri)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent("hello") };
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
