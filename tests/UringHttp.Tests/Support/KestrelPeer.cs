using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace UringHttp.Tests.Support;

/// <summary>A Kestrel on the loopback, in the clear and with TLS, that answers each path in a way of its own.</summary>
internal sealed class KestrelPeer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KestrelPeer(WebApplication app)
    {
        _app = app;
        Uri[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(address => new Uri(address))];
        Uri = addresses.Single(address => address.Scheme == "http");
        SecureUri = new Uri($"https://localhost:{addresses.Single(address => address.Scheme == "https").Port}/");
    }

    internal Uri Uri { get; }

    /// <summary>With the certificate of localhost.</summary>
    internal Uri SecureUri { get; }

    internal static async Task<KestrelPeer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(TestCertificate.Localhost));
        });
        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.Map("/echo", EchoAsync);
        app.Map("/refuse", RefuseAsync);
        app.Map("/bytes/{count:int}", (HttpContext context, int count) => SendAsync(context, count));
        app.Map("/socket", TalkAsync);
        await app.StartAsync();
        return new KestrelPeer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>What the path /bytes/count sends.</summary>
    internal static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Gives back the content, and says in fields how it came.</summary>
    private static async Task EchoAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content);
        context.Response.Headers["X-Protocol"] = context.Request.Protocol;
        context.Response.Headers["X-Transfer-Encoding"] = context.Request.Headers.TransferEncoding;
        context.Response.Headers["X-Forwarded"] = context.Request.Headers["X-Forwarded-For"];
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content.GetBuffer().AsMemory(0, (int)content.Length));
    }

    /// <summary>Answers before it has read any content, and never reads it.</summary>
    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("no");
    }

    /// <summary>Chunked, in pieces.</summary>
    private static async Task SendAsync(HttpContext context, int count)
    {
        foreach (byte[] piece in Bytes(count).Chunk(10_007))
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    }

    /// <summary>A WebSocket that says everything again.</summary>
    private static async Task TalkAsync(HttpContext context)
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
    }
}
