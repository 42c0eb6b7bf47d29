using System.Net;
using System.Net.Security;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>Negotiate with Kerberos: a real key distribution centre, and the system's library on both sides.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class KerberosTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private Kdc? _kdc;

    [OneTimeSetUp]
    public void StartKdc() => _kdc = Kdc.Start();

    [OneTimeTearDown]
    public void StopKdc() => _kdc?.Dispose();

    [Test]
    public async Task A_ticket_opens_the_door([Values] bool ownTicket, [Values] bool tls)
    {
        var identities = new List<string?>();
        var heads = new List<string>();
        await using ScriptedPeer peer = Peer(heads, identities, tls);
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.Credentials = ownTicket
            ? CredentialCache.DefaultCredentials
            : new NetworkCredential(Kdc.UserName, Kdc.Password, Kdc.Realm);
        HttpClient client = NewClient(options);
        Assert.That(await CallAsync(() => client.GetStringAsync(Locate(peer))), Is.EqualTo("hello"));
        Assert.That(identities, Is.EqualTo([$"{Kdc.UserName}@{Kdc.Realm}"]));
        Assert.That(heads, Has.Count.EqualTo(2), "the question, and the ticket");
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_that_cannot_prove_who_it_is_is_not_believed()
    {
        await using ScriptedPeer peer = Peer([], [], proof: token =>
        {
            byte[] forged = Convert.FromBase64String(token);
            forged[^1] ^= 1;
            return Convert.ToBase64String(forged);
        });
        HttpClient client = NewClient(new UringHttpHandlerOptions { Credentials = CredentialCache.DefaultCredentials });
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(Locate(peer))));
        Assert.That(e!.Message, Does.Contain("its own part of it is not good"));
    }

    [Test]
    public async Task A_wrong_password_opens_nothing_and_is_not_told()
    {
        var heads = new List<string>();
        await using ScriptedPeer peer = Peer(heads, []);
        HttpClient client = NewClient(new UringHttpHandlerOptions
        {
            Credentials = new CredentialCache
            {
                { Locate(peer), "Negotiate", new NetworkCredential(Kdc.UserName, "wrong", Kdc.Realm) },
            },
        });
        using HttpResponseMessage response = await CallAsync(() => client.GetAsync(Locate(peer)));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(heads, Has.None.Contains("Authorization: Basic"));
    }

    private static Uri Locate(ScriptedPeer peer) => new($"{peer.Uri.Scheme}://localhost:{peer.Port}/");

    /// <summary>A service that wants a ticket, and gives its own proof with the answer.</summary>
    private static ScriptedPeer Peer(
        List<string> heads, List<string?> identities, bool tls = false, Func<string, string>? proof = null) => new(
        async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                heads.Add(head);
                string? token = head.Contains("Authorization: Negotiate ", StringComparison.Ordinal)
                    ? head.Split("Authorization: Negotiate ")[1].Split("\r\n")[0]
                    : null;
                using var authentication = new NegotiateAuthentication(new NegotiateAuthenticationServerOptions
                {
                    Package = "Negotiate",
                });
                string? said = token is null ? null : authentication.GetOutgoingBlob(token, out _);
                if (authentication.IsAuthenticated)
                {
                    identities.Add(authentication.RemoteIdentity.Name);
                    said = proof is null ? said : proof(said!);
                    await peer.WriteAsync($"HTTP/1.1 200 OK\r\nWWW-Authenticate: Negotiate {said}\r\nContent-Length: 5\r\n\r\nhello");
                }
                else
                {
                    await peer.WriteAsync("HTTP/1.1 401 x\r\nWWW-Authenticate: Negotiate, Basic\r\nContent-Length: 0\r\n\r\n");
                }
            }
        },
        tls ? TlsTests.Server() : null);
}
