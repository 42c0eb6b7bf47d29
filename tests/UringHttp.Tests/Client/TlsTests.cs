using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>https: the certificate is checked, the bytes are right, and nothing is left when it fails.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class TlsTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    internal static SslServerAuthenticationOptions Server(X509Certificate2? certificate = null) => new()
    {
        ServerCertificate = certificate ?? TestCertificate.Localhost,
    };

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task Requests_share_a_connection(SslProtocols protocol)
    {
        SslServerAuthenticationOptions server = Server();
        server.EnabledSslProtocols = protocol;
        await using var peer = ScriptedPeer.Answering(Ok, server);
        HttpClient client = NewClient(Trusting());
        for (int i = 0; i < 20; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        }

        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task Long_bodies_go_both_ways_unharmed()
    {
        byte[] sent = new byte[3_000_000];
        new Random(7).NextBytes(sent);
        await using var peer = new ScriptedPeer(
            async peer =>
            {
                await peer.ReadHeadAsync();
                byte[] body = await peer.ReadAsync(sent.Length);
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n");
                await peer.WriteAsync(body);
            },
            Server());
        HttpClient client = NewClient(Trusting());
        byte[] received = await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.PostAsync(peer.Uri, new ByteArrayContent(sent));
            return await response.Content.ReadAsByteArrayAsync();
        });
        AssertSame(received, sent);
    }

    [Test]
    public async Task Many_at_once_get_their_own_answers()
    {
        await using var peer = new ScriptedPeer(
            async peer =>
            {
                while (await peer.ReadHeadAsync() is { } head)
                {
                    string path = head.Split(' ')[1];
                    await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {path.Length}\r\n\r\n{path}");
                }
            },
            Server());
        UringHttpHandlerOptions options = Trusting();
        options.MaxConnectionsPerServer = 4;
        HttpClient client = NewClient(options);
        await CallAsync(() => Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            Assert.That(await client.GetStringAsync(new Uri(peer.Uri, $"/{i}")), Is.EqualTo($"/{i}")))));
        Assert.That(peer.Accepted, Is.LessThanOrEqualTo(4));
    }

    [Test]
    public async Task A_certificate_that_nobody_trusts_is_refused()
    {
        await using var peer = ScriptedPeer.Answering(Ok, Server());
        await AssertRefusedAsync(new UringHttpHandlerOptions(), peer.Uri);
    }

    [Test]
    public async Task A_certificate_for_another_name_or_of_last_week_is_seen()
    {
        var errors = new List<SslPolicyErrors>();
        var statuses = new List<X509ChainStatusFlags>();
        var options = new UringHttpHandlerOptions
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, _, chain, seen) =>
                {
                    errors.Add(seen);
                    statuses.Add(chain!.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status));
                    return false;
                },
            },
        };
        await using (var other = ScriptedPeer.Answering(Ok, Server(TestCertificate.Create("elsewhere.example"))))
        {
            await AssertRefusedAsync(options, other.Uri);
        }

        await using (var old = ScriptedPeer.Answering(Ok, Server(TestCertificate.Create("localhost", DateTimeOffset.UtcNow.AddDays(-7)))))
        {
            await AssertRefusedAsync(options, old.Uri);
        }

        Assert.That(errors[0].HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.That(errors[1].HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch), Is.False);
        Assert.That(statuses[1].HasFlag(X509ChainStatusFlags.NotTimeValid));
    }

    [Test]
    public async Task The_server_gets_the_name_and_the_clients_certificate()
    {
        X509Certificate2 mine = TestCertificate.Create("me");
        string? name = null;
        string? seen = null;
        SslServerAuthenticationOptions server = Server();
        server.ClientCertificateRequired = true;
        server.RemoteCertificateValidationCallback = (_, certificate, _, _) => (seen = certificate?.Subject) is not null;
        await using var peer = new ScriptedPeer(
            async peer =>
            {
                name = peer.Tls!.TargetHostName;
                await peer.ReadHeadAsync();
                await peer.WriteAsync(Ok);
            },
            server);
        UringHttpHandlerOptions options = Trusting();
        options.SslOptions.ClientCertificates = [mine];
        HttpClient client = NewClient(options);
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        Assert.That((name, seen), Is.EqualTo(("localhost", "CN=me")));
    }

    [Test]
    public async Task A_server_that_does_not_speak_TLS_is_an_error_of_the_secure_connection()
    {
        await using var peer = new ScriptedPeer(async peer =>
        {
            await peer.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            await peer.WaitForCloseAsync();
        });
        await AssertRefusedAsync(Trusting(), new Uri($"https://localhost:{peer.Port}/"));
    }

    [Test]
    public async Task A_handshake_that_never_ends_can_be_cancelled_and_times_out()
    {
        await using var peer = new ScriptedPeer(peer => peer.WaitForCloseAsync());
        var uri = new Uri($"https://localhost:{peer.Port}/");
        UringHttpHandlerOptions options = Trusting();
        options.ConnectTimeout = TimeSpan.FromMilliseconds(100);
        HttpClient impatient = NewClient(options);
        Exception? e = await CallAsync(() => Assert.ThrowsAsync<TaskCanceledException>(async () => await impatient.GetAsync(uri)));
        Assert.That(e!.InnerException, Is.InstanceOf<TimeoutException>());

        HttpClient client = NewClient(Trusting());
        using var cancel = new CancellationTokenSource();
        Task get = CallAsync(() => client.GetAsync(uri, cancel.Token));
        await UntilAsync(_ => peer.Accepted == 2);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => get, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_connection_that_the_server_closes_while_idle_is_not_used_again()
    {
        await using var peer = new ScriptedPeer(
            async peer =>
            {
                await peer.ReadHeadAsync();
                await peer.WriteAsync(Ok);
                await peer.Tls!.ShutdownAsync();
            },
            Server());
        HttpClient client = NewClient(Trusting());
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
        await UntilAsync(now => now.OpenDescriptors == 0);
        Assert.That(await CallAsync(() => client.GetStringAsync(peer.Uri)), Is.EqualTo("hello"));
    }

    [Test]
    public async Task Cancelling_a_read_closes_the_connection()
    {
        await using var peer = new ScriptedPeer(
            async peer =>
            {
                await peer.ReadHeadAsync();
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                await peer.WaitForCloseAsync();
            },
            Server());
        HttpClient client = NewClient(Trusting());
        await CallAsync(async () =>
        {
            using HttpResponseMessage response = await client.GetAsync(peer.Uri, HttpCompletionOption.ResponseHeadersRead);
            Stream body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[5]);
            using var cancel = new CancellationTokenSource();
            ValueTask<int> read = body.ReadAsync(new byte[5], cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThatAsync(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        });
        await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
    }

    internal static UringHttpHandlerOptions Trusting() => new()
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, seen, _, _) => TestCertificate.Localhost.Equals(seen) },
    };

    private async Task AssertRefusedAsync(UringHttpHandlerOptions options, Uri uri)
    {
        HttpClient client = NewClient(options);
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(uri)));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.SecureConnectionError), e.ToString());
        Assert.That(e.InnerException, Is.InstanceOf<AuthenticationException>().Or.InstanceOf<IOException>());
        Assert.That(e.Message, Does.Contain($"localhost:{uri.Port}"));
    }
}
