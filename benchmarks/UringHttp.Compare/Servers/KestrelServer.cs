using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace UringHttp.Compare;

/// <summary>The smallest ASP.NET Core application that serves the bodies from memory.</summary>
internal sealed class KestrelServer : IServerHost
{
    public async Task RunAsync(ServerPlan plan, CancellationToken end)
    {
        var bodies = WorkloadCatalog.All
            .DistinctBy(row => row.Path)
            .ToDictionary(row => row.Path, row => new BodyPattern(row.BodyLength).ToArray());
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(plan.Directory.Certificate, plan.Directory.Key);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = address => ServerSocket.Open(address, listens: false));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, plan.Port);
            kestrel.Listen(IPAddress.Loopback, plan.HttpsPort, listen => SetUpHttps(listen, certificate));
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1); // an arm's connections idle while the others run
            kestrel.Limits.MinResponseDataRate = null; // a hundred large bodies share one core
        });
        await using WebApplication app = builder.Build();
        app.Run(context => AnswerAsync(context, bodies));
        await app.StartAsync(end);
        await Task.Delay(Timeout.Infinite, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        await app.StopAsync(new CancellationToken(canceled: true)); // at once: there is nobody left to serve
    }

    private static void SetUpHttps(ListenOptions listen, X509Certificate2 certificate)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.UseHttps(certificate, https => https.SslProtocols = SslProtocols.Tls13);
    }

    private static async Task AnswerAsync(HttpContext context, Dictionary<string, byte[]> bodies)
    {
        if (!bodies.TryGetValue(context.Request.Path.Value!, out byte[]? body))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
