using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Authentication: compared with the stock handler's, and where it goes beyond.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class AuthenticationTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private const string Basic = "Basic realm=\"r\"";
    private const string Digest = "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"";

    private static readonly NetworkCredential User = new("user", "pass");

    private static readonly string[] Challenges =
    [
        Basic, "basic", Digest, $"{Basic}, {Digest}", $"{Basic}\r\nWWW-Authenticate: {Digest}", "Bearer", "", "Digest",
        "Digest realm=\"r\"",
        "Digest realm=\"r\", nonce=\"n\"", "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, opaque=\"o\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth,auth-int\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256-sess, qop=\"auth\", opaque=\"\", userhash=true",
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256", $"Digest realm=\"r\", nonce=\"n\", algorithm=other, {Basic}",
    ];

    private static IEnumerable<Scenario> Scenarios()
    {
        foreach (string challenge in Challenges)
        {
            yield return New(challenge, challenge);
            yield return New($"{challenge}, refused", challenge) with { Answer = _ => Refuse(challenge) };
            yield return New($"{challenge}, no credentials", challenge) with { Set = _ => { } };
            yield return New($"{challenge}, default credentials", challenge) with
            {
                Set = settings => settings.Credentials = CredentialCache.DefaultCredentials,
            };
        }

        yield return New("a domain, and not ASCII", Basic) with
        {
            Set = settings => settings.Credentials = new NetworkCredential("\xfcser", "p\xe4ss", "dom"),
        };
        yield return New("a user that is not ASCII", Digest) with
        {
            Set = settings => settings.Credentials = new NetworkCredential("\xfcs er*", "p\xe4ss"),
        };
        yield return New("a stale nonce", Digest) with
        {
            Answer = request => request.Field("Authorization") switch
            {
                null => Refuse(Digest),
                { } field when field.Contains("nonce=\"n1\"", StringComparison.Ordinal) =>
                    Refuse($"{Digest.Replace("n1", "n2")}, stale=true"),
                _ => Ok,
            },
        };
        yield return New("always a stale nonce", Digest) with { Answer = _ => Refuse($"{Digest}, stale=true") };
        yield return New("contents", Basic) with
        {
            Requests = uri =>
            [
                new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent("content") },
                new HttpRequestMessage(HttpMethod.Put, uri) { Content = new StreamContent(new MemoryStream([1, 2, 3])) },
            ],
        };
        yield return New("an own field", Basic) with
        {
            Requests = uri =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, uri);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "x");
                return [request];
            },
        };
        foreach (string scheme in new[] { "any", "Basic", "Digest" })
        {
            foreach (string challenge in new[] { Basic, Digest, $"{Digest}, {Basic}" })
            {
                yield return New($"{scheme} for {challenge}, redirected", challenge) with
                {
                    Answer = request => request.Field("Authorization") is null ? Refuse(challenge)
                        : request.Target == "/" ? "HTTP/1.1 307 x\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n" : Ok,
                    Set = settings =>
                        settings.Credentials = scheme == "any" ? User : new CredentialCache { { settings.Server, scheme, User } },
                };
            }
        }

        yield return New("known before", Basic) with
        {
            Requests = uri =>
            [
                .. new[] { "/a/b", "/a/c", "/a/c/d", "/x", "/a/b" }
                    .Select(path => new HttpRequestMessage(HttpMethod.Get, new Uri(uri, path))),
            ],
            Set = settings => (settings.Credentials, settings.PreAuthenticate) = (User, true),
        };
        yield return New("known before, then refused", Basic) with
        {
            Answer = request => request.Field("Authorization") is null || request.Target == "/2" ? Refuse(Basic) : Ok,
            Requests = uri => [.. Enumerable.Range(0, 6).Select(i => new HttpRequestMessage(HttpMethod.Get, new Uri(uri, $"/{i}")))],
            Set = settings => (settings.Credentials, settings.PreAuthenticate) = (User, true),
        };
    }

    [TestCaseSource(nameof(Scenarios))]
    public async Task A_challenge_is_answered_as_with_the_stock_handler(object scenario) =>
        await StockComparison.AssertSameAsync((Scenario)scenario, Loop, CallAsync);

    /// <summary>The stock handler answers a digest anew each time.</summary>
    [Test]
    public async Task A_known_digest_is_counted()
    {
        await using var peer = new RecordingPeer(request => request.Field("Authorization") is null ? Refuse(Digest) : Ok);
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = User, PreAuthenticate = true });
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        Assert.That(
            peer.Requests.Select(request => request.Field("Authorization")?.Split("nc=")[1][..8]),
            Is.EqualTo(new[] { null, "00000001", "00000002", "00000003" }));
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_known_digest_whose_nonce_is_over_is_replaced()
    {
        int count = 0;
        await using var peer = new RecordingPeer(request =>
        {
            string nonce = $"n{Volatile.Read(ref count) / 2}";
            bool isGood = request.Field("Authorization")?.Contains($"nonce=\"{nonce}\"", StringComparison.Ordinal) == true;
            Interlocked.Add(ref count, isGood ? 1 : 0);
            return isGood ? Ok : Refuse($"Digest realm=\"r\", qop=auth, nonce=\"{nonce}\"");
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = User, PreAuthenticate = true });
        for (int i = 0; i < 6; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        Assert.That(peer.Requests, Has.Count.EqualTo(9));
    }

    [Test]
    public async Task Credentials_are_asked_for_where_the_caller_is_and_may_fail()
    {
        await using var peer = ScriptedPeer.Answering(Refuse(Basic));
        bool? onLoop = null;
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            Credentials = new AskedCredentials(() =>
            {
                onLoop = Loop.IsLoopThread;
                throw new InvalidOperationException("no password");
            }),
        });
        InvalidOperationException? thrown = await Assert.ThrowsAsync<InvalidOperationException>(
            () => CallAsync(() => client.GetAsync(peer.Uri)));
        Assert.That(thrown!.Message, Is.EqualTo("no password"));
        Assert.That(onLoop, Is.EqualTo(Caller == Caller.Loop));
    }

    [Test]
    public async Task Credentials_do_not_go_to_another_origin()
    {
        await using var other = new RecordingPeer(request => request.Field("Authorization") is null ? Refuse(Basic) : Ok);
        await using var peer = new RecordingPeer(request => request.Field("Authorization") is null ? Refuse(Basic)
            : $"HTTP/1.1 302 x\r\nLocation: {other.Uri}\r\nContent-Length: 0\r\n\r\n");
        foreach (ICredentials credentials in new ICredentials[] { User, new CredentialCache { { peer.Uri, "Basic", User } } })
        {
            HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = credentials, PreAuthenticate = true });
            using HttpResponseMessage response = await CallAsync(() => client.GetAsync(peer.Uri));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        Assert.That(other.Requests.Select(request => request.Field("Authorization")), Is.All.Null);
    }

    private static Scenario New(string name, string challenge) => new(name)
    {
        Answer = request => request.Field("Authorization") is null || request.Field("Authorization") == "Bearer x" ? Refuse(challenge) : Ok,
        Set = settings => settings.Credentials = User,
    };

    private static string Refuse(string challenge) =>
        $"HTTP/1.1 401 x\r\nWWW-Authenticate: {challenge}\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\nno";

    private sealed class AskedCredentials(Func<NetworkCredential> ask) : ICredentials
    {
        public NetworkCredential GetCredential(Uri uri, string authType) => ask();
    }
}
