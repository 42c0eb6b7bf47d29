using NUnit.Framework;
using UringHttp.Tests.Client.RandomExchanges;

namespace UringHttp.Tests.Client;

/// <summary>
/// Every stage of an exchange (queue, names, connect, proxy, TLS, head and content going out, wait, head and body coming in, drain),
/// ended by a token, a limit of time, a disposal or a fault, thousands of times at once on few connections. Each request ends; what
/// nothing ends early is answered, and rightly; afterwards every slot, block, operation and descriptor is back.
/// </summary>
[TestFixtureSource(typeof(ClientCases), nameof(ClientCases.All))]
internal sealed class RandomExchangeTests(UringBackend backend, Caller caller) : ClientFixture(backend, caller)
{
    private const int Exchanges = 25_000; // for each of the four fixtures: 50,000 on each backend
    private const int Generations = 10;
    private const int Workers = 32;
    private const int MaxConnections = 24;
    private const int MaxConnectionsPerServer = 6;

    private readonly StageTable _table = new();

    [Test]
    public async Task Twenty_five_thousand_random_exchanges_leave_nothing_behind()
    {
        int seed = Environment.TickCount; // replay a failure by putting its seed here
        TestContext.Out.WriteLine($"seed {seed}");
        await using var world = new RandomWorld(_table);
        int next = 0;
        for (int generation = 0; generation < Generations; generation++)
        {
            int end = Exchanges * (generation + 1) / Generations;
            int disposeAt = generation % 2 == 0 ? end - 100 : int.MaxValue;
            using var handler = new UringHttpHandler(Loop, Options(world));
            using var client = new HttpClient(handler);
            UringHttpHandlerOptions options = Options(world);
            options.PlaintextStreamFilter = Filter;
            using var filtered = new HttpClient(new UringHttpHandler(Loop, options));
            using var prepared = new UringHttpClient(Loop, Options(world));
            bool isDisposed = false;
            var run = new ExchangeRun(world, _table, client, filtered, prepared, () => Volatile.Read(ref isDisposed));
            using var oneQueue = new SemaphoreSlim(1);
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => CallAsync(async () =>
            {
                var random = new Random(HashCode.Combine(seed, worker, end));
                int id;
                while ((id = Interlocked.Increment(ref next)) <= end)
                {
                    if (id == disposeAt)
                    {
                        Volatile.Write(ref isDisposed, true);
                        handler.Dispose();
                        prepared.Dispose();
                    }

                    if (id % 200 == 0 && oneQueue.Wait(0))
                    {
                        await QueueAsync(run, id, random);
                        oneQueue.Release();
                    }
                    else
                    {
                        await run.RunAsync(RandomExchange.Draw(id, random, Caller == Caller.Loop));
                    }
                }
            })));
            next = end;
            if (!isDisposed)
            {
                await AssertAllSlotsAreThereAsync(world, client);
            }
        }

        TestContext.Out.WriteLine(_table);
        AssertEveryStageWasHit();
    }

    private static UringHttpHandlerOptions Options(RandomWorld world)
    {
        UringHttpHandlerOptions options = TlsTests.Trusting();
        options.UseProxy = false;
        options.MaxConnections = MaxConnections;
        options.MaxConnectionsPerServer = MaxConnectionsPerServer;
        options.ResolveCallback = world.ResolveAsync;
        options.ConnectionAttemptDelay = TimeSpan.FromMilliseconds(10);
        options.ResponseDrainTimeout = TimeSpan.FromMilliseconds(20);
        return options;
    }

    private static ValueTask<Stream> Filter(UringHttpPlaintextStreamFilterContext context, CancellationToken token) =>
        ValueTask.FromResult(
            context.InitialRequestMessage.Options.TryGetValue(ExchangeRun.Key, out RandomExchange? exchange)
                && exchange.Target == Stage.SendHead
                ? new StallingStream(context.PlaintextStream, exchange)
                : context.PlaintextStream);

    /// <summary>Takes all connections that an origin may have; what comes behind is in the line, and is ended there or gets on.</summary>
    private static async Task QueueAsync(ExchangeRun run, int id, Random random)
    {
        int number = -id * 100; // no worker draws a negative one
        var letGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RandomExchange New(Task? until) => RandomExchange.InQueue(number--, $"q{id}.test", until, random);
        RandomExchange[] holders = [.. Enumerable.Range(0, MaxConnectionsPerServer).Select(_ => New(letGo.Task))];
        Task held = Task.WhenAll(holders.Select(run.RunAsync));
        Task all = Task.WhenAll(holders.Select(holder => holder.Reached));
        await Task.WhenAny(all, held); // the handler may be disposed before they are there
        RandomExchange[] waiting = [.. Enumerable.Range(0, 6).Select(_ => New(null))];
        Task queued = Task.WhenAll(waiting.Select(exchange =>
        {
            Task running = run.RunAsync(exchange);
            exchange.Reach(Stage.Queue);
            return running;
        }));
        await Task.WhenAll(waiting.Where(exchange => !exchange.IsClean).Select(exchange => exchange.Ended));
        letGo.SetResult();
        await held;
        await queued;
    }

    /// <summary>As many requests as the limit are under way at once: none is answered before all have come.</summary>
    private async Task AssertAllSlotsAreThereAsync(RandomWorld world, HttpClient client) => await CallAsync(() =>
        Task.WhenAll(world.Gather(MaxConnections, MaxConnections / MaxConnectionsPerServer).Select(async uri =>
            Assert.That(await client.GetStringAsync(uri), Is.EqualTo("all")))));

    private void AssertEveryStageWasHit()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Stage stage in Enum.GetValues<Stage>().Where(stage => stage is not (Stage.Unseen or Stage.Drain)))
            {
                Assert.That(_table[stage, Ending.Token], Is.Positive, $"cancelled at {stage}");
                Assert.That(_table[stage, Ending.Timeout], Is.Positive, $"out of time at {stage}");
            }

            foreach (Stage stage in new[] { Stage.Names, Stage.Connect, Stage.Proxy, Stage.Tls, Stage.Wait, Stage.Head, Stage.Body })
            {
                Assert.That(_table[stage, Ending.Fault], Is.Positive, $"failed at {stage}");
            }

            Assert.That(_table[Stage.Body, Ending.Disposal], Is.Positive, "disposed in the body");
            Assert.That(_table[Stage.Drain, Ending.Disposal], Is.Positive, "disposed before the end of the body");
            Assert.That(_table[Stage.Drain, Ending.Timeout], Is.Positive, "drained for too long");
            Assert.That(_table.Answered, Is.GreaterThan(Exchanges / 4), "what nothing ended early");
        }
    }
}
