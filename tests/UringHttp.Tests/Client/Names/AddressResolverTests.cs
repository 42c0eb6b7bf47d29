using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.Names;

/// <summary>How names are resolved, as a user's resolver sees it.</summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class AddressResolverTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const string OkOnce = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    private static readonly IPAddress[] Here = [IPAddress.Loopback];

    private TaskCompletionSource<IPAddress[]> _answer = null!;
    private int _begun;
    private int _asked;

    [SetUp]
    public void NobodyHasAsked()
    {
        _answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _begun = _asked = 0;
    }

    [Test]
    public async Task The_systems_resolver_is_asked_by_default()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        HttpClient client = NewClient();
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await GetAsync(client, "localhost", peer), Is.EqualTo("hello"));
        }
    }

    [Test]
    public async Task A_users_resolver_is_asked_on_the_thread_pool_and_only_for_names()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        var asked = new List<string>();
        HttpClient client = NewClient(Asking((name, _) =>
        {
            asked.Add($"{name} on {(Thread.CurrentThread.IsThreadPoolThread ? "the pool" : "another thread")}");
            return ValueTask.FromResult(Here);
        }));
        Assert.That(await GetAsync(client, "some.test", peer), Is.EqualTo("hello"));
        Assert.That(await GetAsync(client, "127.0.0.1", peer), Is.EqualTo("hello"));
        Assert.That(asked, Is.EqualTo(["some.test on the pool"]));
    }

    [Test]
    public async Task Who_wants_the_same_name_at_the_same_time_waits_for_one_lookup()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        UringHttpHandlerOptions options = Asking((_, _) => new ValueTask<IPAddress[]>(_answer.Task));
        options.DnsCacheLifetime = TimeSpan.Zero;
        HttpClient client = NewClient(options);
        Task<string>[] calls = [.. Enumerable.Range(0, 50).Select(_ => GetAsync(client, "some.test", peer))];
        await HaveReachedTheLoop(50);
        _answer.SetResult(Here);
        Assert.That(await Task.WhenAll(calls), Has.All.EqualTo("hello"));
        Assert.That(_asked, Is.EqualTo(1));
    }

    [Test]
    public async Task An_answer_that_is_there_before_anybody_waits_is_not_missed()
    {
        using var lookup = new NameLookup(Loop, "some.test", (_, _) => ValueTask.FromResult(Here));
        Resolution answer = await Loop.RunAsync(async () =>
        {
            await lookup.RunAsync();
            return await lookup.WaitAsync(CancellationToken.None);
        }).Soon();
        Assert.That(answer.Addresses, Is.EqualTo(Here));
    }

    [Test]
    public async Task Addresses_are_remembered_for_the_time_that_the_options_say()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        UringHttpHandlerOptions options = Asking((_, _) => ValueTask.FromResult(Here));
        foreach ((TimeSpan lifetime, int asked) in new[] { (TimeSpan.FromHours(1), 1), (Timeout.InfiniteTimeSpan, 1), (TimeSpan.Zero, 3) })
        {
            _asked = 0;
            options.DnsCacheLifetime = lifetime;
            HttpClient client = NewClient(options);
            for (int i = 0; i < 3; i++)
            {
                Assert.That(await GetAsync(client, "some.test", peer), Is.EqualTo("hello"));
            }

            Assert.That(_asked, Is.EqualTo(asked), $"{lifetime}");
        }

        _asked = 0;
        options.DnsCacheLifetime = TimeSpan.FromMilliseconds(1);
        HttpClient forgetful = NewClient(options);
        await RepeatUntil(() => _asked > 1, () => GetAsync(forgetful, "some.test", peer));
    }

    [Test]
    public async Task One_who_gives_up_does_not_end_the_lookup_for_the_others()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        CancellationToken lookup = default;
        HttpClient client = NewClient(Asking((_, token) =>
        {
            lookup = token;
            return new ValueTask<IPAddress[]>(_answer.Task);
        }));
        using var impatient = new CancellationTokenSource();
        Task<string> first = GetAsync(client, "some.test", peer, impatient.Token);
        Task<string> second = GetAsync(client, "some.test", peer);
        await HaveReachedTheLoop(2);
        await Support.Patience.Until(() => _asked == 1);
        await impatient.CancelAsync();
        OperationCanceledException e = await first.Fails<OperationCanceledException>();
        Assert.That(e.CancellationToken, Is.EqualTo(impatient.Token));
        Assert.That(lookup.IsCancellationRequested, Is.False);
        _answer.SetResult(Here);
        Assert.That(await second.Soon(), Is.EqualTo("hello"));
        Assert.That(_asked, Is.EqualTo(1));
    }

    [Test]
    public async Task A_lookup_that_nobody_waits_for_is_cancelled_and_not_joined()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        var cancelled = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        HttpClient client = NewClient(Asking((_, token) =>
        {
            if (_asked > 1)
            {
                return ValueTask.FromResult(Here);
            }

            token.Register(() => cancelled.SetResult(Thread.CurrentThread));
            return new ValueTask<IPAddress[]>(_answer.Task); // does not care
        }));
        using var impatient = new CancellationTokenSource();
        Task<string> first = GetAsync(client, "some.test", peer, impatient.Token);
        await Support.Patience.Until(() => _asked == 1);
        await impatient.CancelAsync();
        await first.Fails<OperationCanceledException>();
        Assert.That((await cancelled.Task.Soon()).IsThreadPoolThread, Is.True);
        Assert.That(await GetAsync(client, "some.test", peer), Is.EqualTo("hello"));
        Assert.That(_asked, Is.EqualTo(2));
        _answer.SetException(new InvalidOperationException("too late for anybody"));
        Assert.That(await GetAsync(client, "some.test", peer), Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_failure_is_a_name_resolution_error_that_is_remembered_for_a_moment()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        var cause = new SocketException((int)SocketError.TryAgain);
        UringHttpHandlerOptions options = Asking((_, _) => throw cause);
        options.DnsCacheLifetime = TimeSpan.FromMilliseconds(50);
        HttpClient client = NewClient(options);
        bool remembered = false;
        await RepeatUntil(() => remembered, async () =>
        {
            int before = _asked;
            HttpRequestException e = await GetAsync(client, "some.test", peer).Fails<HttpRequestException>();
            Assert.That(e.HttpRequestError, Is.EqualTo(HttpRequestError.NameResolutionError));
            Assert.That(e.Message, Does.Contain($"some.test:{peer.Port}").And.Contain(cause.Message));
            Assert.That(e.InnerException, Is.SameAs(cause));
            remembered = _asked == before;
        });
        int known = _asked;
        await RepeatUntil(() => _asked > known, () => GetAsync(client, "some.test", peer).Fails<HttpRequestException>());
    }

    [TestCase(0, 0)]
    [TestCase(500, 500)]
    [TestCase(10_000, 1_000)]
    [TestCase(Timeout.Infinite, 1_000)]
    public void A_failure_is_remembered_for_a_second_at_most(int lifetime, int expected)
    {
        var answer = new Resolution(null, new SocketException((int)SocketError.HostNotFound));
        TimeSpan remembered = AddressResolver.LifetimeOf(answer, TimeSpan.FromMilliseconds(lifetime));
        Assert.That(remembered, Is.EqualTo(TimeSpan.FromMilliseconds(expected)));
    }

    [Test]
    public async Task A_resolver_that_gives_up_by_itself_fails_the_request_and_is_asked_again()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        HttpClient client = NewClient(Asking((_, _) =>
            _asked == 1 ? throw new OperationCanceledException("my own limit") : ValueTask.FromResult(Here)));
        HttpRequestException e = await GetAsync(client, "some.test", peer).Fails<HttpRequestException>();
        Assert.That(e.Message, Does.Contain("my own limit"));
        Assert.That(await GetAsync(client, "some.test", peer), Is.EqualTo("hello"));
    }

    [Test]
    public async Task No_address_is_an_error([Values] bool isNull)
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        HttpClient client = NewClient(Asking((_, _) => ValueTask.FromResult<IPAddress[]>(isNull ? null! : [])));
        HttpRequestException e = await GetAsync(client, "some.test", peer).Fails<HttpRequestException>();
        Assert.That(e.HttpRequestError, Is.EqualTo(HttpRequestError.NameResolutionError));
        Assert.That(e.Message, Does.Contain(isNull ? "ResolveCallback gave null" : "some.test"));
    }

    [Test]
    public async Task The_end_of_the_loop_does_not_wait_for_a_lookup()
    {
        await using var peer = ScriptedPeer.Answering(OkOnce);
        HttpClient client = NewClient(Asking((_, _) => new ValueTask<IPAddress[]>(_answer.Task)));
        Task<string> call = GetAsync(client, "some.test", peer);
        await Support.Patience.Until(() => _asked == 1);
        Loop.Dispose();
        await call.Fails<ObjectDisposedException>();
        _answer.TrySetResult(Here);
    }

    [Test]
    public void A_lifetime_out_of_range_is_refused_by_name()
    {
        var options = new UringHttpHandlerOptions { DnsCacheLifetime = TimeSpan.FromSeconds(-2) };
        Assert.That(
            () => new UringHttpHandler(Loop, options),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("DnsCacheLifetime"));
    }

    private UringHttpHandlerOptions Asking(Func<string, CancellationToken, ValueTask<IPAddress[]>> resolve) => new()
    {
        ResolveCallback = (name, token) =>
        {
            Interlocked.Increment(ref _asked);
            return resolve(name, token);
        },
    };

    private Task<string> GetAsync(HttpClient client, string host, ScriptedPeer peer, CancellationToken token = default) =>
        CallAsync(() =>
        {
            Task<string> call = client.GetStringAsync(new Uri($"http://{host}:{peer.Port}/"), token);
            Interlocked.Increment(ref _begun);
            return call;
        });

    /// <summary>So many requests have begun, and what they left with the loop was executed.</summary>
    private async Task HaveReachedTheLoop(int requests)
    {
        await Support.Patience.Until(() => _begun == requests);
        await Loop.RunAsync(() => Task.CompletedTask);
    }

    private static async Task RepeatUntil(Func<bool> condition, Func<Task> step)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!condition() && Environment.TickCount64 < end)
        {
            await step();
        }

        Assert.That(condition(), Is.True);
    }
}
