using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>What requests carry, and what comes back before all of it is sent, or instead of it.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class RequestContentTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task A_response_before_the_end_of_the_request_is_delivered()
    {
        // 413 and a close, while the client still sends: the answer must reach the caller, not the broken pipe.
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
            peer.Finish();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        using HttpResponseMessage response = await CallAsync(() => client.PostAsync(peer.Uri, new ByteArrayContent(new byte[30_000_000])));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("large"));
    }

    [Test]
    public async Task A_content_that_never_ends_does_not_keep_its_connection_after_a_refusal()
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge");
        HttpClient client = NewClient(new UringHttpHandlerOptions { MaxConnectionsPerServer = 1 });
        var content = new FedContent(4);
        using (HttpResponseMessage response = await CallAsync(() => client.PostAsync(peer.Uri, content)))
        {
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("large"));
        }

        using HttpResponseMessage next = await CallAsync(() => client.GetAsync(peer.Uri));
        Assert.That(peer.Accepted, Is.EqualTo(2));
        content.Feed([1, 2, 3, 4]); // only now is its buffer free: a leak is found at the end
    }

    [Test]
    public async Task A_content_that_never_ends_does_not_hold_up_a_cancellation()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        var content = new FedContent(4);
        using var cancel = new CancellationTokenSource();
        Task post = CallAsync(() => client.PostAsync(peer.Uri, content, cancel.Token));
        await UntilAsync(now => now.OpenDescriptors == 1);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => post, Throws.InstanceOf<OperationCanceledException>());
        content.Feed([1, 2, 3, 4]);
    }

    [Test]
    public async Task A_content_sees_what_its_caller_sees()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.ReadAsync(4);
            await peer.WriteAsync(Ok);
        });
        HttpClient client = NewClient();
        var local = new AsyncLocal<string>();
        string? seen = null;
        await CallAsync(async () =>
        {
            local.Value = "mine";
            using var content = new FedContent(4);
            content.OnSerialize = () => seen = local.Value;
            content.Feed([1, 2, 3, 4]);
            using HttpResponseMessage response = await client.PostAsync(peer.Uri, content);
        });
        Assert.That(seen, Is.EqualTo("mine"));
    }

    [TestCase(3, "1 bytes before its Content-Length")]
    [TestCase(5, "1 bytes more than its Content-Length")]
    public async Task A_content_that_is_not_as_long_as_it_says_fails_the_request(int length, string words)
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WaitForCloseAsync();
        });
        HttpClient client = NewClient();
        var content = new FedContent(4);
        content.Feed(new byte[length]);
        await Assert.ThatAsync(
            () => CallAsync(() => client.PostAsync(peer.Uri, content)),
            Throws.InstanceOf<HttpRequestException>().With.Message.Contains(words));
    }

    [Test]
    public async Task A_destination_that_fails_is_told_in_its_own_words()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient();
        await using var closed = new ClosedMeanwhile();
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            await Assert.ThatAsync(() => body.CopyToAsync(closed), Throws.InstanceOf<ObjectDisposedException>());
        });
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task A_request_may_go_on_while_its_response_is_read()
    {
        // An echo: the head of the answer comes after the head of the request, and each byte after its own.
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
            await peer.WriteAsync(await peer.ReadAsync(4));
            await peer.ReadHeadAsync();
            await peer.WriteAsync(Ok);
        });
        HttpClient client = NewClient();
        var content = new FedContent(4);
        await CallAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, peer.Uri) { Content = content };
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            content.Feed("ping"u8.ToArray());
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("ping"));
        });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That(peer.Accepted, Is.EqualTo(1), "both messages ended well, so the connection is kept");
    }

    private sealed class ClosedMeanwhile : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new ObjectDisposedException(nameof(ClosedMeanwhile));
    }

    /// <summary>A content whose bytes come later.</summary>
    private sealed class FedContent(int length) : HttpContent
    {
        private readonly TaskCompletionSource<byte[]> _bytes = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Action? OnSerialize { get; set; }

        internal void Feed(byte[] bytes) => _bytes.SetResult(bytes);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            OnSerialize?.Invoke();
            await stream.FlushAsync();
            await stream.WriteAsync(await _bytes.Task);
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
