using System.Net;
using System.Security.Authentication;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>What a response says of the way it came.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ConnectionInfoTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Test]
    public async Task It_is_there_when_it_is_asked_for([Values] bool asked)
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { ReportConnectionInfo = asked });
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
        bool told = response.RequestMessage!.Options.TryGetValue(UringHttpRequestOptions.ConnectionInfo, out var info);
        Assert.That(told, Is.EqualTo(asked));
        Assert.That(info is not null, Is.EqualTo(asked));
    }

    [Test]
    public async Task Plain_new_and_reused()
    {
        var release = new TaskCompletionSource();
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await release.Task;
                await peer.WriteAsync(Ok);
            }
        });
        UringHttpHandlerOptions options = new() { ReportConnectionInfo = true };
        var held = new TaskCompletionSource<IPAddress[]>();
        options.ResolveCallback = (_, _) => new ValueTask<IPAddress[]>(held.Task);
        HttpClient client = NewClient(options);
        var uri = new Uri($"http://name.example:{peer.Port}/");
        long began = Environment.TickCount64;
        Task<UringHttpConnectionInfo> answer = GetInfoAsync(client, uri);
        await Support.Patience.Until(() => Environment.TickCount64 - began > 30);
        held.SetResult([IPAddress.Loopback]);
        await Support.Patience.Until(() => peer.Accepted == 1);
        began = Environment.TickCount64;
        await Support.Patience.Until(() => Environment.TickCount64 - began > 30);
        release.SetResult();
        UringHttpConnectionInfo first = await answer;
        UringHttpConnectionInfo second = await GetInfoAsync(client, uri);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.IsReused, Is.False);
            Assert.That(first.RemoteEndPoint, Is.EqualTo(peer.EndPoint));
            Assert.That(((IPEndPoint)first.LocalEndPoint!).Address, Is.EqualTo(IPAddress.Loopback));
            Assert.That(first.TlsProtocol, Is.Null);
            Assert.That(first.NameResolutionTime, Is.GreaterThan(TimeSpan.FromMilliseconds(20)));
            Assert.That(first.QueueTime, Is.GreaterThanOrEqualTo(first.NameResolutionTime + first.ConnectTime));
            Assert.That(first.ConnectTime, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(first.FirstByteTime, Is.GreaterThan(TimeSpan.FromMilliseconds(20)));
            Assert.That(second.IsReused, Is.True);
            Assert.That(second.LocalEndPoint, Is.EqualTo(first.LocalEndPoint), "the same connection");
            Assert.That(second.NameResolutionTime, Is.EqualTo(first.NameResolutionTime), "the connection's own history");
            Assert.That(second.FirstByteTime, Is.GreaterThan(TimeSpan.Zero));
        }
    }

    [Test]
    public async Task Over_tls()
    {
        await using var peer = ScriptedPeer.Answering(Ok, TlsTests.Server());
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.ReportConnectionInfo = true;
        HttpClient client = NewClient(options);
        UringHttpConnectionInfo info = await GetInfoAsync(client, peer.Uri);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(info.TlsProtocol, Is.EqualTo(SslProtocols.Tls13));
            Assert.That(info.TlsCipherSuite.ToString(), Does.StartWith("TLS_"));
            Assert.That(info.TlsTime, Is.GreaterThan(TimeSpan.Zero));
        }
    }

    [Test]
    public async Task Over_a_stream_of_the_users()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        var options = new UringHttpHandlerOptions
        {
            ReportConnectionInfo = true,
            ConnectCallback = async (context, token) =>
            {
                var client = new System.Net.Sockets.TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, token);
                return client.GetStream();
            },
        };
        UringHttpConnectionInfo info = await GetInfoAsync(NewClient(options), peer.Uri);
        Assert.That(info.RemoteEndPoint, Is.Null);
        Assert.That(info.ConnectTime, Is.GreaterThan(TimeSpan.Zero));
    }

    private Task<UringHttpConnectionInfo> GetInfoAsync(HttpClient client, Uri uri) => CallAsync(async () =>
    {
        using HttpResponseMessage response = await client.GetAsync(uri);
        Assert.That(response.RequestMessage!.Options.TryGetValue(UringHttpRequestOptions.ConnectionInfo, out var info), Is.True);
        return info!;
    });
}
