using System.Net.WebSockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>The BCL's WebSocket client over our handler, against Kestrel.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class WebSocketTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    [Test]
    public async Task Messages_come_back_and_the_close_is_clean()
    {
        await using KestrelPeer server = await KestrelPeer.StartAsync();
        Uri uri = new UriBuilder(server.Uri) { Scheme = "ws", Path = "/socket" }.Uri;
        using var invoker = new HttpMessageInvoker(new UringHttpHandler(Loop));
        await CallAsync(async () =>
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(uri, invoker, CancellationToken.None);
            byte[] received = new byte[200_000];
            foreach (int length in new[] { 0, 1, 125, 126, 65_535, 65_536, 150_000 })
            {
                byte[] sent = new byte[length];
                Random.Shared.NextBytes(sent);
                ValueTask sending = socket.SendAsync(sent.AsMemory(), WebSocketMessageType.Binary, true, CancellationToken.None);
                int total = 0;
                ValueWebSocketReceiveResult result;
                do
                {
                    result = await socket.ReceiveAsync(received.AsMemory(total), CancellationToken.None);
                    total += result.Count;
                }
                while (!result.EndOfMessage);
                await sending;
                AssertSame(received.AsSpan(0, total), sent);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
            Assert.That(socket.State, Is.EqualTo(WebSocketState.Closed));
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }
}
