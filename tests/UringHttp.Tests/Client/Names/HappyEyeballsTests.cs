using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Names;

/// <summary>
/// A host with several addresses: 127.0.0.1, where a peer answers, beside others with the same port, where nobody listens, or nobody
/// answers. A delay of an hour shows what happens without waiting for it.
/// </summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class HappyEyeballsTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);

    [Test]
    public async Task Addresses_that_refuse_are_passed_at_once()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        HttpClient client = NewClient(Having(Never, "::1", "127.0.0.2", "127.0.0.3", "127.0.0.1"));
        Assert.That(await CallAsync(() => client.GetStringAsync(Named(peer.Port))), Is.EqualTo("hello"));
        await UntilAsync(now => now.OpenDescriptors == 1);
    }

    [Test]
    public async Task An_address_that_does_not_answer_is_overtaken_and_closed()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        using var silent = new FullListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), peer.Port));
        HttpClient client = NewClient(Having(Soon, "127.0.0.2", "127.0.0.1"));
        Assert.That(await CallAsync(() => client.GetStringAsync(Named(peer.Port))), Is.EqualTo("hello"));
        await UntilAsync(now => now is { OpenDescriptors: 1, BlocksRented: 0 });
        Assert.That(peer.Accepted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_failure_begins_the_next_attempt_beside_one_that_does_not_answer()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        using var silent = new FullListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), peer.Port));
        HttpClient client = NewClient(Having(TimeSpan.FromMilliseconds(100), "127.0.0.2", "127.0.0.3", "::1", "127.0.0.1"));
        Assert.That(await CallAsync(() => client.GetStringAsync(Named(peer.Port))), Is.EqualTo("hello"));
        await UntilAsync(now => now.OpenDescriptors == 1);
    }

    [Test]
    public async Task An_address_that_failed_or_was_overtaken_is_tried_last_the_next_time([Values] bool overtaken)
    {
        await using var peer = ScriptedPeer.Answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
        var other = new IPEndPoint(IPAddress.Parse("127.0.0.2"), peer.Port);
        FullListener? silent = overtaken ? new FullListener(other) : null;
        TimeSpan delay = overtaken ? TimeSpan.FromMilliseconds(500) : Never; // more than a connect takes on a busy machine
        HttpClient client = NewClient(Having(delay, "127.0.0.2", "127.0.0.1"));
        Assert.That(await CallAsync(() => client.GetStringAsync(Named(peer.Port))), Is.EqualTo("hello"));
        silent?.Dispose();

        // It would accept now; but the one that is known to is asked first, and has accepted before the other's turn.
        using var risen = new TcpListener(other);
        risen.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        risen.Start();
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await CallAsync(() => client.GetStringAsync(Named(peer.Port))), Is.EqualTo("hello"));
        }

        Assert.That(risen.Pending(), Is.False);
    }

    [Test]
    public async Task When_all_fail_the_error_names_each_address_and_its_failure()
    {
        int port;
        await using (var peer = ScriptedPeer.Answering(Ok))
        {
            port = peer.Port;
        }

        HttpClient client = NewClient(Having(Never, "127.0.0.1", "127.0.0.2", "::1"));
        HttpRequestException? e = await CallAsync(() =>
            Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(Named(port))));
        Assert.That(e!.HttpRequestError, Is.EqualTo(HttpRequestError.ConnectionError));
        Assert.That(e.Message, Does.Contain($"name.test:{port} at any of its 3 addresses"));
        foreach (string address in new[] { "127.0.0.1", "127.0.0.2", "[::1]" })
        {
            Assert.That(e.Message, Does.Contain($"connect on {address}:{port} failed with E"));
        }

        var first = (UringException)e.InnerException!;
        Assert.That(first.EndPoint, Is.EqualTo(new IPEndPoint(IPAddress.Loopback, port)));
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task Addresses_that_all_failed_are_asked_for_again()
    {
        int port;
        await using (var peer = ScriptedPeer.Answering(Ok))
        {
            port = peer.Port;
        }

        int asked = 0;
        UringHttpHandlerOptions options = Having(Never, "127.0.0.1", "127.0.0.2");
        Func<string, CancellationToken, ValueTask<IPAddress[]>> resolve = options.ResolveCallback!;
        options.DnsCacheLifetime = Timeout.InfiniteTimeSpan;
        options.ResolveCallback = (name, token) =>
        {
            Interlocked.Increment(ref asked);
            return resolve(name, token);
        };
        HttpClient client = NewClient(options);
        for (int i = 1; i <= 3; i++)
        {
            await CallAsync(() => Assert.ThrowsAsync<HttpRequestException>(async () => await client.GetAsync(Named(port))));
            Assert.That(asked, Is.EqualTo(i));
        }
    }

    [Test]
    public async Task Hundreds_of_addresses_that_fail_are_tried_one_after_the_other()
    {
        await using var peer = ScriptedPeer.Answering(Ok);
        IEnumerable<string> refusing = Enumerable.Range(0, 500).Select(i => $"127.1.{i / 250}.{i % 250}");
        HttpClient client = NewClient(Having(Timeout.InfiniteTimeSpan, [.. refusing, "127.0.0.1"]));
        Assert.That(await CallAsync(() => client.GetStringAsync(Named(peer.Port))), Is.EqualTo("hello"));
        await UntilAsync(now => now.OpenDescriptors == 1);
    }

    [Test]
    public async Task Cancelling_ends_all_attempts([Values] bool oneByOne)
    {
        using var first = new FullListener();
        using var second = new FullListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), first.Uri.Port));
        HttpClient client = NewClient(Having(oneByOne ? Timeout.InfiniteTimeSpan : Soon, "127.0.0.1", "127.0.0.2"));
        using var source = new CancellationTokenSource();
        Task call = CallAsync(() => client.GetAsync(Named(first.Uri.Port), source.Token));
        await UntilAsync(now => now.OpenDescriptors == (oneByOne ? 1 : 2));
        await source.CancelAsync();
        OperationCanceledException e = await call.Fails<OperationCanceledException>();
        Assert.That(e.CancellationToken, Is.EqualTo(source.Token));
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task The_connect_timeout_ends_all_attempts()
    {
        using var first = new FullListener();
        using var second = new FullListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), first.Uri.Port));
        UringHttpHandlerOptions options = Having(Soon, "127.0.0.1", "127.0.0.2");
        options.ConnectTimeout = TimeSpan.FromMilliseconds(100);
        HttpClient client = NewClient(options);
        TaskCanceledException? e = await CallAsync(() =>
            Assert.ThrowsAsync<TaskCanceledException>(async () => await client.GetAsync(Named(first.Uri.Port))));
        Assert.That(e!.InnerException, Is.InstanceOf<TimeoutException>());
        Assert.That(e.ToString(), Does.Contain($"127.0.0.1:{first.Uri.Port}, 127.0.0.2:{first.Uri.Port}"));
        await UntilAsync(now => now.OpenDescriptors == 0);
    }

    [Test]
    public async Task The_end_of_the_loop_ends_all_attempts()
    {
        using var first = new FullListener();
        using var second = new FullListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), first.Uri.Port));
        HttpClient client = NewClient(Having(Soon, "127.0.0.1", "127.0.0.2", "127.0.0.3"));
        Task call = CallAsync(() => client.GetAsync(Named(first.Uri.Port)));
        await UntilAsync(now => now.OpenDescriptors == 2);
        Loop.Dispose();
        await call.Fails<ObjectDisposedException>();
    }

    [Test]
    public void A_delay_out_of_range_is_refused_by_name([Values(-2, 0, 9)] int milliseconds)
    {
        var options = new UringHttpHandlerOptions { ConnectionAttemptDelay = TimeSpan.FromMilliseconds(milliseconds) };
        Assert.That(
            () => new UringHttpHandler(Loop, options),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("ConnectionAttemptDelay"));
    }

    private static Uri Named(int port) => new($"http://name.test:{port}/");

    private static UringHttpHandlerOptions Having(TimeSpan delay, params string[] addresses) => new()
    {
        ConnectionAttemptDelay = delay,
        ResolveCallback = (_, _) => ValueTask.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]),
    };
}
