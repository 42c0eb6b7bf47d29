using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>The graceful end of a handler: what is under way ends well, and is waited for.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class StopTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task An_exchange_under_way_is_waited_for()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            await go.Task;
            await peer.WriteAsync("llo");
            await peer.WaitForCloseAsync();
        });
        var handler = new UringHttpHandler(Loop);
        using var client = new HttpClient(handler);
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Task stopped = handler.StopAsync();
            using var impatience = new CancellationTokenSource();
            Task impatient = handler.StopAsync(impatience.Token);
            await impatience.CancelAsync();
            await Assert.ThatAsync(() => impatient, Throws.InstanceOf<OperationCanceledException>());
            await Assert.ThatAsync(() => client.GetAsync(peer.Uri), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(stopped.IsCompleted, Is.False);

            go.SetResult();
            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("hello"));
            await stopped;
        });
    }

    [Test]
    public async Task Idle_connections_are_closed_and_a_handler_without_any_ends_at_once()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        var handler = new UringHttpHandler(Loop);
        using var client = new HttpClient(handler);
        await CallAsync(() => client.GetStringAsync(peer.Uri));
        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(1));
        await CallAsync(() => handler.StopAsync());
        Assert.That(Loop.Counters.OpenDescriptors, Is.Zero);

        using var unused = new UringHttpHandler(Loop);
        await CallAsync(() => unused.StopAsync());
    }

    [Test]
    public async Task A_loop_that_ends_ends_the_waiting()
    {
        await using var peer = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        var handler = new UringHttpHandler(Loop);
        using var invoker = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri);
        Task<HttpResponseMessage> pending = Task.Run(() => invoker.SendAsync(request, default));
        await UntilAsync(_ => peer.Accepted == 1);
        Task stopped = handler.StopAsync();
        Loop.Dispose();
        await stopped.Soon();
        await handler.StopAsync().Soon();
        await Assert.ThatAsync(() => pending, Throws.InstanceOf<ObjectDisposedException>());
    }
}
