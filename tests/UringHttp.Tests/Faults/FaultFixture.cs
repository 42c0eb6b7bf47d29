using NUnit.Framework;
using UringHttp.Tests.Client;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>
/// A network of its own with a server in it, for faults on real sockets. After each test all is back where it was before: descriptors,
/// slots of the pool, blocks, operations, timers.
/// </summary>
internal abstract class FaultFixture(UringBackend backend) : ClientFixture(backend, Caller.Pool)
{
    /// <summary>A limit of time that the fault is meant to reach.</summary>
    protected static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private readonly List<(HttpClient Client, int Slots)> _clients = [];
    private int _files;

    protected NetworkNamespace Network { get; private set; } = null!;

    protected PacketFilter Filter { get; private set; } = null!;

    protected FaultServer Server { get; private set; } = null!;

    [OneTimeSetUp]
    public void MakeNetwork()
    {
        Network = NetworkNamespace.Make();
        Filter = new PacketFilter(Network);
        Server = FaultServer.Start(Network);
    }

    [OneTimeTearDown]
    public void RemoveNetwork()
    {
        Server?.Dispose();
        Network?.Dispose();
    }

    [SetUp]
    public void CountFiles() => _files = OpenFiles.Count();

    /// <summary>The fault is over: each client works, on all of its slots at once, and when it goes nothing of it stays.</summary>
    [TearDown]
    public async Task AllIsBack()
    {
        Filter.Clear();
        try
        {
            foreach ((HttpClient client, int slots) in _clients)
            {
                await AssertAllSlotsWorkAsync(client, slots);
                client.Dispose();
            }

            await UntilAsync(now => now is { OpenDescriptors: 0, BlocksRented: 0 });
            int timers = await Loop.RunAsync(() => Task.FromResult(Loop.Core.Timers.Count));
            Assert.That(timers, Is.Zero, "timers");
            await Support.Patience.Until(() => OpenFiles.Count() <= _files, "as many descriptors as before");
        }
        finally
        {
            _clients.Clear();
        }
    }

    /// <summary>
    /// A client with so many slots, all of which must be there after the fault. It has all limits of time, so that there are timers which
    /// somebody might leave behind; only a hang reaches those which are not given.
    /// </summary>
    protected HttpClient NewClient(int slots, TimeSpan? headLimit = null)
    {
        var options = new UringHttpHandlerOptions
        {
            MaxConnectionsPerServer = slots,
            ConnectTimeout = Patience,
            ResponseHeadTimeout = headLimit ?? Patience,
            ReadIdleTimeout = Patience,
            TotalTimeout = Patience,
        };
        HttpClient client = NewClient(options);
        client.Timeout = Patience;
        _clients.Add((client, slots));
        return client;
    }

    /// <summary>The call ends by a limit of time, and says by which.</summary>
    protected static async Task AssertTimesOutAsync(string limit, Func<Task> call)
    {
        TaskCanceledException thrown = await call().Fails<TaskCanceledException>();
        Assert.That(FailureKinds.Of(thrown), Is.EqualTo(FailureKind.TimedOut));
        Assert.That(thrown.InnerException!.Message, Does.Contain(limit).And.Contain("0.2 s"));
    }

    /// <summary>As many long answers at once as there are slots: each has its own connection, since none of them is read yet.</summary>
    private async Task AssertAllSlotsWorkAsync(HttpClient client, int slots)
    {
        using var limits = new CancellationTokenSource(Patience);
        HttpResponseMessage[] responses = await Task.WhenAll(Enumerable.Range(0, slots).Select(_ =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, Server.At(FaultServer.Long));
            SetUnlimited(request.Options);
            return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limits.Token);
        }));
        foreach (HttpResponseMessage response in responses)
        {
            using (response)
            {
                AssertSame(await response.Content.ReadAsByteArrayAsync(limits.Token), Server.Files[FaultServer.Long]);
            }
        }
    }

    /// <summary>The limits that the fault was to reach do not hold for what must work, however long that takes here.</summary>
    private static void SetUnlimited(HttpRequestOptions options)
    {
        foreach (HttpRequestOptionsKey<TimeSpan> limit in new[]
        {
            UringHttpRequestOptions.ConnectTimeout, UringHttpRequestOptions.ResponseHeadTimeout,
            UringHttpRequestOptions.ReadIdleTimeout, UringHttpRequestOptions.TotalTimeout,
        })
        {
            options.Set(limit, Timeout.InfiniteTimeSpan);
        }
    }
}
