using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>A proxy that is asked for a tunnel, and goes on answering.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ProxyLimitTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    [Test]
    public Task Informational_heads_without_end_are_refused() =>
        RefuseAsync("", "HTTP/1.1 103 Early Hints\r\n\r\n", "more than 100 informational");

    [Test]
    public Task A_refusal_without_end_is_refused([Values("Content-Length: 9000000000", "Transfer-Encoding: chunked")] string framing) =>
        RefuseAsync(
            $"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"x\"\r\n{framing}\r\n\r\n",
            "3E8\r\n" + new string('x', 1000) + "\r\n",
            "more than 1048576 bytes");

    private async Task RefuseAsync(string start, string forEver, string words)
    {
        await using var proxy = new ScriptedPeer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync(start);
            while (true)
            {
                await peer.WriteAsync(forEver);
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            Proxy = new WebProxy(proxy.Uri) { Credentials = new NetworkCredential("me", "secret") },
        });
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(new Uri("https://there.example/"))));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        Assert.That(e.Message, Does.Contain(words));
    }
}
