using System.Net;
using System.Net.Security;
using System.Text;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Proxies that want to know who asks: those that read requests, compared with the stock handler's way, and tunnels.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class ProxyAuthenticationTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private const string Basic = "Basic realm=\"p\"";
    private const string Digest = "Digest realm=\"p\", nonce=\"n1\", qop=\"auth\"";

    private static readonly Uri There = new("http://there.example/a?b");
    private static readonly NetworkCredential Me = new("me", "secret");

    private static IEnumerable<Scenario> Scenarios()
    {
        foreach (string challenge in new[] { Basic, Digest, $"{Basic}, {Digest}", "Bearer", "", "Digest" })
        {
            yield return New(challenge, challenge);
            yield return New($"{challenge}, refused", challenge) with { Answer = _ => Refuse(challenge) };
            yield return New($"{challenge}, no credentials", challenge) with
            {
                Set = settings => settings.ProxyCredentials = new CredentialCache(),
            };
        }

        yield return New("two requests", Basic) with { Requests = _ => [Get(There), Get(There)] };
        yield return New("a content", Basic) with
        {
            Requests = _ => [new HttpRequestMessage(HttpMethod.Post, There) { Content = new StringContent("content") }],
        };
        yield return New("a stale nonce", Digest) with
        {
            Answer = request => request.Field("Proxy-Authorization") switch
            {
                null => Refuse(Digest),
                { } field when field.Contains("nonce=\"n1\"", StringComparison.Ordinal) =>
                    Refuse($"{Digest.Replace("n1", "n2")}, stale=true"),
                _ => Ok,
            },
        };
        yield return New("the connection closed", Basic) with
        {
            Answer = request => request.Field("Proxy-Authorization") is null
                ? Refuse(Basic).Replace("\r\nContent-", "\r\nConnection: close\r\nContent-", StringComparison.Ordinal)
                : Ok,
        };
        yield return New("redirects", Basic) with
        {
            Answer = request => request.Field("Proxy-Authorization") is null ? Refuse(Basic)
                : request.Target.EndsWith('2') ? Ok
                : $"HTTP/1.1 307 x\r\nLocation: http://two.example/{(request.Target.EndsWith('1') ? 2 : 1)}\r\nContent-Length: 0\r\n\r\n",
        };
        foreach (string atServer in new[] { "Basic realm=\"s\"", "Digest realm=\"s\", nonce=\"s1\"", "NTLM" })
        {
            yield return New($"a server that wants {atServer}, too", Basic) with
            {
                Set = settings => (settings.ProxyCredentials, settings.Credentials) = (Me, new NetworkCredential("you", "known")),
                Answer = request => request.Field("Proxy-Authorization") is null ? Refuse(Basic)
                    : request.Field("Authorization") is null
                        ? $"HTTP/1.1 401 x\r\nWWW-Authenticate: {atServer}\r\nContent-Length: 2\r\n\r\nno"
                        : Ok,
            };
        }
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task A_proxy_that_reads_requests_is_answered_as_with_the_stock_handler(object scenario) =>
        await StockComparison.AssertSameAsync((Scenario)scenario, Loop, CallAsync);

    /// <summary>Which the stock handler does not do.</summary>
    [Test]
    public async Task A_known_answer_goes_along_unasked([Values] bool tunnel)
    {
        var fields = new List<string?>();
        await using ScriptedPeer proxy = Proxy(fields, Digest);
        HttpClient client = NewClient(Options(proxy, preAuthenticate: true));
        for (int i = 0; i < 3; i++)
        {
            Assert.That(
                await CallAsync(() => client.GetStringAsync(tunnel ? new Uri($"https://localhost:{1000 + i}/") : There)),
                Is.EqualTo("hello"));
        }

        Assert.That(fields.Select(field => field?.Split("nc=")[1][..8]), Is.EqualTo(new[] { null, "00000001", "00000002", "00000003" }));
    }

    [TestCase(Basic, "Basic bWU6c2VjcmV0")]
    [TestCase(Digest, "uri=\"localhost:443\"")]
    public async Task A_tunnel_is_opened_when_the_question_is_answered(string challenge, string answer)
    {
        foreach (string ending in new[] { "Content-Length: 2\r\n\r\nno", "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n" })
        {
            var fields = new List<string?>();
            await using ScriptedPeer proxy = Proxy(fields, challenge, ending);
            HttpClient client = NewClient(Options(proxy));
            Assert.That(await CallAsync(() => client.GetStringAsync(new Uri("https://localhost/"))), Is.EqualTo("hello"));
            Assert.That(fields, Has.Count.EqualTo(2));
            Assert.That(fields[0], Is.Null);
            Assert.That(fields[1], Does.Contain(answer));
            Assert.That(proxy.Accepted, Is.EqualTo(1));
        }
    }

    [TestCase("Connection: close\r\nContent-Length: 2\r\n\r\nno")]
    [TestCase("\r\nno")]
    public async Task A_proxy_that_closes_is_answered_on_another_connection(string ending)
    {
        var fields = new List<string?>();
        await using ScriptedPeer proxy = Proxy(fields, Basic, ending, closes: true);
        HttpClient client = NewClient(Options(proxy));
        Assert.That(await CallAsync(() => client.GetStringAsync(new Uri("https://localhost/"))), Is.EqualTo("hello"));
        Assert.That(fields, Has.Count.EqualTo(2));
        Assert.That(proxy.Accepted, Is.EqualTo(2));
    }

    [TestCase(Basic, 2)]
    [TestCase(Digest, 2)]
    [TestCase(Digest + ", stale=true", 3)]
    [TestCase("NTLM", 2)]
    [TestCase("Bearer", 1)]
    public async Task A_tunnel_that_is_refused_again_is_an_error(string challenge, int requests)
    {
        int asked = 0;
        await using var proxy = new ScriptedPeer(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                Interlocked.Increment(ref asked);
                await peer.WriteAsync(Refuse(challenge));
            }
        });
        HttpClient client = NewClient(Options(proxy));
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(new Uri("https://localhost/"))));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.ProxyTunnelError));
        Assert.That(e.StatusCode, Is.EqualTo(HttpStatusCode.ProxyAuthenticationRequired));
        Assert.That(asked, Is.EqualTo(requests));
    }

    [Test]
    public async Task What_is_for_the_proxy_is_told_to_nobody_else()
    {
        await using var origin = new RecordingPeer(_ => Ok);
        await using var proxy = new RecordingPeer(request => request.Field("Proxy-Authorization") is null
            ? Refuse(Basic)
            : $"HTTP/1.1 307 x\r\nLocation: {origin.Uri}\r\nContent-Length: 0\r\n\r\n");
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            Proxy = new WebProxy(proxy.Uri) { Credentials = Me, BypassList = [$"127\\.0\\.0\\.1:{origin.Port}"] },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, There);
        using HttpResponseMessage response = await CallAsync(() => client.SendAsync(request));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(origin.Requests.Single().Field("Proxy-Authorization"), Is.Null);
        Assert.That(request.Headers.ProxyAuthorization, Is.Null);
    }

    [Test]
    public async Task Credentials_that_throw_fail_the_request_and_hold_up_nobody([Values] bool tunnel)
    {
        await using var proxy = ScriptedPeer.Answering(Refuse(Basic));
        UringHttpHandlerOptions options = Options(proxy);
        options.Proxy = new WebProxy(proxy.Uri) { Credentials = new Throwing() };
        HttpClient client = NewClient(options);
        for (int i = 0; i < 2; i++)
        {
            await Assert.ThatAsync(
                () => CallAsync(() => client.GetAsync(tunnel ? new Uri("https://localhost/") : There)),
                Throws.InvalidOperationException.With.Message.EqualTo("no credentials today"));
        }
    }

    private sealed class Throwing : ICredentials
    {
        public NetworkCredential GetCredential(Uri uri, string authType) => throw new InvalidOperationException("no credentials today");
    }

    private static UringHttpHandlerOptions Options(ScriptedPeer proxy, bool preAuthenticate = false)
    {
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Proxy = new WebProxy(proxy.Uri);
        options.DefaultProxyCredentials = Me;
        options.PreAuthenticate = preAuthenticate;
        return options;
    }

    private static string Refuse(string challenge) => Refuse(challenge, "Content-Length: 2\r\n\r\nno");

    private static string Refuse(string challenge, string ending) =>
        $"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: {challenge}\r\n{ending}";

    private static HttpRequestMessage Get(Uri uri) => new(HttpMethod.Get, uri);

    private static Scenario New(string name, string challenge) => new(name)
    {
        Set = settings => settings.ProxyCredentials = Me,
        Requests = _ => [Get(There)],
        Answer = request => request.Field("Proxy-Authorization") is null ? Refuse(challenge) : Ok,
    };

    /// <summary>A proxy that lets through whoever says anything of himself, and plays the origin, too.</summary>
    private static ScriptedPeer Proxy(
        List<string?> fields, string challenge, string ending = "Content-Length: 2\r\n\r\nno", bool closes = false) => new(async peer =>
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            string? field = head.Contains("Proxy-Authorization: ", StringComparison.Ordinal)
                ? head.Split("Proxy-Authorization: ")[1].Split("\r\n")[0]
                : null;
            fields.Add(field);
            if (field is null)
            {
                await peer.WriteAsync(Refuse(challenge, ending));
                if (closes)
                {
                    return;
                }
            }
            else if (head.StartsWith("CONNECT", StringComparison.Ordinal))
            {
                await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
                await using var tls = new SslStream(peer.Stream, leaveInnerStreamOpen: true);
                await tls.AuthenticateAsServerAsync(TlsTests.Server(), peer.Stop);
                byte[] buffer = new byte[4096];
                while (await tls.ReadAsync(buffer, peer.Stop) > 0)
                {
                    await tls.WriteAsync(Encoding.ASCII.GetBytes(Ok), peer.Stop);
                }
            }
            else
            {
                await peer.WriteAsync(Ok);
            }
        }
    });
}
