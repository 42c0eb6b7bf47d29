using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace UringHttp.Tests.Client;

/// <summary>The BCL's WebSocket client over our handler, against Kestrel.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class WebSocketTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    [Test]
    public async Task Messages_come_back_and_the_close_is_clean()
    {
        await using WebApplication server = await StartEchoAsync();
        string address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var uri = new Uri(address.Replace("http://", "ws://", StringComparison.Ordinal) + "/echo");
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

    private static async Task<WebApplication> StartEchoAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.Map("/echo", echo => echo.Run(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[64 * 1024];
            while (true)
            {
                ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, CancellationToken.None);
            }
        }));
        await app.StartAsync();
        return app;
    }
}
