using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>
/// NTLM and Negotiate, which authenticate a connection in several legs: compared with the stock handler, against a server that checks the
/// proof. (The tests run with the BCL's own NTLM, so that they do not depend on what the machine has installed.)
/// </summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class HandshakeTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly NetworkCredential User = new(NtlmServer.UserName, NtlmServer.Password);

    private static IEnumerable<Scenario> Scenarios()
    {
        foreach (string scheme in new[] { "NTLM", "Negotiate" })
        {
            yield return New($"{scheme}", scheme);
            yield return New($"{scheme}, two requests", scheme) with { Requests = uri => [Get(uri), Get(uri)] };
            yield return New($"{scheme}, before Basic", scheme, also: "Basic realm=\"r\"");
            yield return New($"{scheme}, a content", scheme) with
            {
                Requests = uri => [new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent("content") }],
            };
            yield return New($"{scheme}, refused", scheme, set: settings => settings.Credentials = new NetworkCredential("a", "b"));
            yield return New(
                $"{scheme}, not for it",
                scheme,
                also: "Basic realm=\"r\"",
                set: settings => settings.Credentials = new CredentialCache { { settings.Server, "Basic", User } });
            yield return New($"{scheme}, no credentials", scheme, set: settings => settings.Credentials = null);
            yield return New(
                $"{scheme}, then a redirect",
                scheme,
                set: settings => settings.Credentials = new CredentialCache { { settings.Server, scheme, User } }) with
            {
                Requests = uri => [Get(new Uri(uri, "/away"))],
            };
            yield return New($"{scheme}, the connection closed first", scheme, closing: true);
        }
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task A_handshake_is_that_of_the_stock_handler(object scenario) =>
        await StockComparison.AssertSameAsync((Scenario)scenario, Loop, CallAsync);

    [Test]
    public async Task All_legs_go_on_one_connection_however_busy_the_pool_is([Values("NTLM", "Negotiate")] string scheme)
    {
        var server = new NtlmServer(scheme);
        await using var peer = new RecordingPeer(request => Answer(server, request));
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = User, MaxConnectionsPerServer = 3 });
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            Assert.That(await client.GetStringAsync(peer.Uri), Is.EqualTo("hello"));
        })));
        Assert.That(peer.Accepted, Is.LessThanOrEqualTo(3));
    }

    [Test]
    public async Task An_authenticated_connection_is_not_asked_again()
    {
        var server = new NtlmServer("NTLM");
        await using var peer = new RecordingPeer(request => Answer(server, request));
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = User, MaxConnectionsPerServer = 1 });
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        Assert.That(peer.Requests, Has.Count.EqualTo(5), "a question and two legs, and then no more");
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    /// <summary>One way out, which the caller's response must not hold on to.</summary>
    [Test]
    public async Task Long_refusals_do_not_break_a_handshake([Values(100, 100_000)] int length)
    {
        var server = new NtlmServer("NTLM");
        string body = new('x', length);
        await using var peer = new RecordingPeer(request => Answer(server, request)
            .Replace("Content-Length: 2\r\n\r\nno", $"Content-Length: {length}\r\n\r\n{body}", StringComparison.Ordinal));
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = User, MaxConnectionsPerServer = 1 });
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_connection_that_is_closed_between_the_legs_is_told()
    {
        int asked = 0;
        await using var peer = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                Interlocked.Increment(ref asked);
                bool isLeg = head.Contains("Authorization: NTLM", StringComparison.Ordinal);
                string challenge = isLeg ? new NtlmServer("NTLM").Answer(0, head.Split("Authorization: ")[1].Split("\r\n")[0])! : "NTLM";
                await peer.WriteAsync(
                    $"HTTP/1.1 401 x\r\nWWW-Authenticate: {challenge}\r\nConnection: {(isLeg ? "close" : "keep-alive")}\r\n"
                    + "Content-Length: 0\r\n\r\n");
                if (isLeg)
                {
                    return;
                }
            }
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = User });
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(peer.Uri)));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.ResponseEnded));
        Assert.That(e.Message, Does.Contain("in the middle of an authentication"));
        Assert.That(asked, Is.EqualTo(2));
    }

    /// <summary>The response is the caller's, with all of its body, when this machine cannot say what the server wants to hear.</summary>
    [Test]
    public async Task What_cannot_be_spoken_is_passed_over([Values] bool orBasic)
    {
        await using var peer = new RecordingPeer(request => request.Field("Authorization")?.StartsWith('B') == true
            ? Ok
            : $"HTTP/1.1 401 x\r\nWWW-Authenticate: Negotiate{(orBasic ? ", Basic realm=\"r\"" : "")}\r\nContent-Length: 2\r\n\r\nno");

        // No ticket of the process's own, and NTLM wants a password.
        var credentials = new CredentialCache { { peer.Uri, "Negotiate", CredentialCache.DefaultNetworkCredentials } };
        if (orBasic)
        {
            credentials.Add(peer.Uri, "Basic", User);
        }

        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = credentials, MaxConnectionsPerServer = 1 });
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
        string body = await response.Content.ReadAsStringAsync();
        Assert.That(((int)response.StatusCode, body), Is.EqualTo(orBasic ? (200, "hello") : (401, "no")));
        Assert.That(peer.Requests, Has.Count.EqualTo(orBasic ? 2 : 1));
    }

    [Test]
    public async Task Over_tls_a_proof_is_bound_to_the_connection()
    {
        var server = new NtlmServer("NTLM");
        string? proof = null;
        await using var peer = new ScriptedPeer(
            async peer =>
            {
                while (await peer.ReadHeadAsync() is { } head)
                {
                    string? field = head.Contains("Authorization: ", StringComparison.Ordinal)
                        ? head.Split("Authorization: ")[1].Split("\r\n")[0]
                        : null;
                    string? challenge = server.Answer(peer.Index, field);
                    proof = challenge is null ? field : proof;
                    await peer.WriteAsync(challenge is null ? Ok : Refuse(challenge));
                }
            },
            TlsTests.Server());
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Credentials = User;
        HttpClient client = NewClient(options);
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));

        // MsvAvChannelBindings (10, 16 bytes): the hash of a structure (RFC 2744 §3.11) with the certificate's hash in it (RFC 5929 §4).
        byte[] certificate = [.. "tls-server-end-point:"u8, .. SHA256.HashData(TestCertificate.Localhost.RawData)];
        byte[] binding = NtlmServer.Hash([.. new byte[16], .. BitConverter.GetBytes(certificate.Length), .. certificate]);
        byte[] message = Convert.FromBase64String(proof![5..]);
        Assert.That(message.AsSpan().IndexOf((ReadOnlySpan<byte>)[10, 0, 16, 0, .. binding]), Is.Positive);
    }

    [Test]
    public async Task A_proxy_can_want_one([Values] bool tunnel, [Values("NTLM", "Negotiate")] string scheme)
    {
        var server = new NtlmServer(scheme);
        var asked = new List<string>();
        await using var proxy = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                asked.Add($"{peer.Index} {head.Split(' ')[0]}");
                string? field = head.Contains("Proxy-Authorization: ", StringComparison.Ordinal)
                    ? head.Split("Proxy-Authorization: ")[1].Split("\r\n")[0]
                    : null;
                if (server.Answer(peer.Index, field) is { } challenge)
                {
                    await peer.WriteAsync(
                        $"HTTP/1.1 407 x\r\nProxy-Authenticate: {challenge}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
                }
                else if (tunnel)
                {
                    await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
                    await ServeTlsAsync(peer);
                }
                else
                {
                    await peer.WriteAsync(Ok);
                }
            }
        });
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Proxy = new WebProxy(proxy.Uri) { Credentials = User };
        HttpClient client = NewClient(options);
        for (int i = 0; i < 2; i++)
        {
            Assert.That(
                await CallAsync(() => client.GetStringAsync(new Uri(tunnel ? "https://localhost/" : "http://there.example/"))),
                Is.EqualTo("hello"));
        }

        Assert.That(asked, Is.EqualTo(tunnel
            ? ["0 CONNECT", "0 CONNECT", "0 CONNECT"]
            : new[] { "0 GET", "0 GET", "0 GET", "0 GET" }));
    }

    private static async Task ServeTlsAsync(PeerConnection peer)
    {
        await using var tls = new SslStream(peer.Stream, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsServerAsync(TlsTests.Server(), peer.Stop);
        byte[] buffer = new byte[4096];
        while (await tls.ReadAsync(buffer, peer.Stop) > 0)
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(Ok), peer.Stop);
        }
    }

    private static string Answer(NtlmServer server, RecordedRequest request) =>
        server.Answer(request.Connection, request.Field("Authorization")) is { } challenge ? Refuse(challenge) : Ok;

    private static string Refuse(string challenge) =>
        $"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 2\r\n\r\nno";

    private static HttpRequestMessage Get(Uri uri) => new(HttpMethod.Get, uri);

    /// <summary>A server for each of the handlers that are compared, since it knows connections by their numbers.</summary>
    private static Scenario New(
        string name, string scheme, string? also = null, bool closing = false, Action<Scenario.Settings>? set = null)
    {
        NtlmServer server = new(scheme);
        return new Scenario(name)
        {
            Set = settings =>
            {
                server = new NtlmServer(scheme);
                settings.Credentials = User;
                set?.Invoke(settings);
            },
            Answer = request =>
            {
                string? field = request.Field("Authorization");
                if (server.Answer(request.Connection, field) is { } challenge)
                {
                    string close = closing && field is null ? "Connection: close\r\n" : "";
                    string more = also is null ? "" : $"WWW-Authenticate: {also}\r\n";
                    return Refuse(challenge).Replace("\r\nContent-", $"\r\n{close}{more}Content-", StringComparison.Ordinal);
                }

                return request.Target == "/away" ? "HTTP/1.1 307 x\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n" : Ok;
            },
        };
    }
}
