using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>HTTP/2 today: the stock handler over our sockets, against Kestrel.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class Http2Tests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    [Test]
    public async Task Many_streams_share_one_of_our_sockets([Values] bool secure)
    {
        await using WebApplication server = await StartAsync(secure ? TestCertificate.Localhost : null);
        string address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var handler = new SocketsHttpHandler { ConnectCallback = UringConnectCallback.Create(Loop) };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) => TestCertificate.Localhost.Equals(seen);
        using var client = new HttpClient(handler)
        {
            BaseAddress = new Uri(address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        byte[] body = new byte[100_000];
        Random.Shared.NextBytes(body);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using HttpResponseMessage response = await client.PostAsync("/", new ByteArrayContent(body));
            Assert.That(response.Version, Is.EqualTo(HttpVersion.Version20));
            AssertSame(await response.Content.ReadAsByteArrayAsync(), body);
        })));
        Assert.That(Loop.Counters.OpenDescriptors, Is.EqualTo(1));
    }

    private static async Task<WebApplication> StartAsync(X509Certificate2? certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        WebApplication app = builder.Build();

        // First all in, then all out: an echo while it reads can come to a halt between the windows of fifty streams, with any client.
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.Body.WriteAsync(body.ToArray());
        });
        await app.StartAsync();
        return app;
    }
}
