using System.Net.Http.Headers;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>A server that is not trusted names the next place.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class RedirectSafetyTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task Authorization_is_not_told_to_the_next_place()
    {
        string? seen = null;
        await using var next = new ScriptedPeer(async peer =>
        {
            seen = await peer.ReadHeadAsync();
            await peer.WriteAsync(Ok);
        });
        await using var first = ScriptedPeer.Answering($"HTTP/1.1 302 x\r\nLocation: {next.Uri}\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, first.Uri);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        await CallAsync(async () => (await client.SendAsync(request)).Dispose());
        Assert.That(seen, Does.StartWith("GET / HTTP/1.1\r\n").And.Not.Contain("secret").And.Not.Contain("Authorization"));
    }

    /// <summary>Names and literal addresses alike: the callback is asked for each connection.</summary>
    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    public async Task A_connect_callback_stands_before_redirects_too(string host)
    {
        await using var inner = ScriptedPeer.Answering(Ok);
        await using var outer = ScriptedPeer.Answering(
            $"HTTP/1.1 302 x\r\nLocation: http://{host}:{inner.Port}/\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            ConnectCallback = async (context, token) =>
            {
                if (context.DnsEndPoint.Host != "outer.example")
                {
                    throw new IOException("An inner address.");
                }

                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(outer.EndPoint, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(new Uri("http://outer.example/"))));
        Assert.That(e!.Message, Does.Contain("An inner address."));
        Assert.That((outer.Accepted, inner.Accepted), Is.EqualTo((1, 0)));
    }
}
