using System.Net;
using System.Security.Authentication;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Peers;

/// <summary>https against a real server: another TLS library at the other end.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class NginxTlsTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private static readonly string[] Names = ["0", "200", "10240", "1048576"];

    private static readonly Dictionary<string, byte[]> Files = [];

    private static Nginx? s_nginx;

    private static Uri Server => s_nginx!.Uri;

    [OneTimeSetUp]
    public static void StartNginx()
    {
        // The client's certificate is the server's own: it signs itself, so it is its own authority.
        s_nginx = Nginx.Start(
            "location /closed/ { alias files/; if ($ssl_client_verify != SUCCESS) { return 403; } }",
            "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client optional; ssl_client_certificate cert.pem;");
        foreach (string name in Names)
        {
            Files[name] = s_nginx.AddFile(name, int.Parse(name));
        }
    }

    [OneTimeTearDown]
    public static void StopNginx() => s_nginx?.Dispose();

    [Test]
    public async Task Files_arrive_as_they_are([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols protocol)
    {
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.SslOptions.EnabledSslProtocols = protocol;
        options.MaxConnectionsPerServer = 8;
        HttpClient client = NewClient(options);
        (string Name, byte[] Body)[] got = await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
            (Names[i % 4], await client.GetByteArrayAsync(new Uri(Server, Names[i % 4]))))));
        foreach ((string name, byte[] body) in got)
        {
            AssertSame(body, Files[name]);
        }
    }

    [Test]
    public async Task A_clients_certificate_opens_what_is_closed_to_others()
    {
        HttpClient stranger = NewClient(TlsTests.Trusting());
        var uri = new Uri(Server, "closed/200");
        using HttpResponseMessage refused = await CallAsync(() => stranger.GetAsync(uri));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));

        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.SslOptions.ClientCertificates = [TestCertificate.Localhost];
        HttpClient friend = NewClient(options);
        AssertSame(await CallAsync(() => friend.GetByteArrayAsync(uri)), Files["200"]);
    }
}
