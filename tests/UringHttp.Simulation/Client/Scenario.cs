namespace UringHttp.Simulation;

/// <summary>What a seed stands for, beside faults of kernel and peers: requests, their callers, the handlers' options, the end.</summary>
internal sealed class Scenario
{
    /// <summary>One large block: so little memory is soon all taken, and a trim finds slabs to give back.</summary>
    public const int SlabSize = LoopCore.LargeBlockSize;

    public required IReadOnlyList<RequestPlan> Requests { get; init; }

    /// <summary>Which requests each caller sends, one after the other.</summary>
    public required IReadOnlyList<int[]> Callers { get; init; }

    public required UringHttpHandlerOptions Options { get; init; }

    /// <summary>As <see cref="UringHttpClient.MaxPipelineDepth"/>.</summary>
    public int PipelineDepth { get; init; } = 1;

    public required long MaxBlockMemory { get; init; }

    /// <summary>When the loop is disposed under its users; below 0: when they are done.</summary>
    public long DisposeLoopAt { get; init; } = -1;

    public long DisposeHandlersAt { get; init; } = -1;

    /// <summary>The limits of time that a request has at all.</summary>
    public bool HasTimeouts => Options.ConnectTimeout > TimeSpan.Zero || Options.ResponseHeadTimeout > TimeSpan.Zero
        || Options.ReadIdleTimeout > TimeSpan.Zero || Options.TotalTimeout > TimeSpan.Zero;

    public static Scenario Of(ulong seed, FaultPlan faults)
    {
        var random = new SeededRandom(SeededRandom.Mix(seed, 3));
        int callers = random.Pick(1, 1, 2, 3, 4, 8);
        int each = 1 + random.Below(4);
        bool orderly = !faults.AnyEnabled;
        UringHttpHandlerOptions options = OptionsOf(random, orderly);
        int ports = random.Pick(1, 1, 2, 3);
        PipelineDraw? pipelines = PipelineDraw.Of(seed);
        if (pipelines is not null)
        {
            (callers, each, ports) = (pipelines.Callers, pipelines.RequestsEach, pipelines.Ports);
            options.MaxConnectionsPerServer = pipelines.Connections;
        }

        int requests = callers * each;
        RequestPlan[] plans = [.. Enumerable.Range(0, requests).Select(id => PlanOf(seed, id, ports, faults))];
        plans = pipelines is null ? plans : [.. plans.Select(pipelines.Change)];
        if (SimulatedProxy.Of(seed) is { } proxy)
        {
            (options.UseProxy, options.Proxy) = (true, proxy);
            plans = [.. plans.Select(proxy.Change)];
        }

        int[][] shares = [.. Enumerable.Range(0, callers).Select(
            caller => Enumerable.Range(0, requests).Where(id => id % callers == caller).ToArray())];
        return new Scenario
        {
            Requests = plans,
            Callers = shares,
            Options = options,
            PipelineDepth = pipelines?.Depth ?? 1,
            MaxBlockMemory = faults.Strikes(Fault.NoBlocks, random) ? random.Pick(1, 2) * (long)SlabSize : 1024L * 1024 * 1024,
            DisposeLoopAt = faults.Strikes(Fault.LoopDisposed, random) ? random.Spread(World.Microsecond, 10 * World.Second) : -1,
            DisposeHandlersAt = faults.Strikes(Fault.HandlerDisposed, random) ? random.Spread(World.Microsecond, 10 * World.Second) : -1,
        };
    }

    private static UringHttpHandlerOptions OptionsOf(SeededRandom random, bool orderly)
    {
        bool limited = !orderly && random.Chance(600);
        return new UringHttpHandlerOptions
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            MaxConnectionsPerServer = random.Pick(1, 1, 2, 3, int.MaxValue),
            MaxConnections = random.Pick(1, 2, 3, int.MaxValue, int.MaxValue),
            PooledConnectionIdleTimeout = TimeSpan.FromMilliseconds(random.Pick(0, 1, 100, 2_000, 60_000)),
            PooledConnectionLifetime = random.Chance(200) ? TimeSpan.FromMilliseconds(random.Below(5_000)) : Timeout.InfiniteTimeSpan,
            ResendOnStaleConnection = random.Chance(800),
            MaxResponseDrainSize = random.Pick(0, 1_000, 1024 * 1024),
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(random.Pick(1, 100, 2_000)),
            Expect100ContinueTimeout = TimeSpan.FromMilliseconds(random.Pick(1, 100, 1_000)),
            ReportConnectionInfo = random.Chance(200),
            ConnectTimeout = Limit(random, limited),
            ResponseHeadTimeout = Limit(random, limited),
            ReadIdleTimeout = Limit(random, limited),
            TotalTimeout = Limit(random, limited),
        };
    }

    private static TimeSpan Limit(SeededRandom random, bool limited) =>
        limited && random.Chance(500) ? TimeSpan.FromMilliseconds(random.Spread(1, 30_000)) : Timeout.InfiniteTimeSpan;

    /// <summary>A request has numbers of its own, so that leaving another out does not change it.</summary>
    private static RequestPlan PlanOf(ulong seed, int id, int ports, FaultPlan faults)
    {
        var random = new SeededRandom(SeededRandom.Mix(seed, (ulong)(100_000 + id)));
        string method = random.Pick("GET", "GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE");
        bool hasContent = method is "POST" or "PUT" && random.Chance(850);
        bool isPrepared = random.Chance(400);
        bool isChunked = hasContent && !isPrepared && random.Chance(300);
        return new RequestPlan
        {
            Id = id,
            Method = method,
            IsPrepared = isPrepared,
            ContentLength = !hasContent ? -1 : (int)random.Spread(1, random.Chance(200) ? 200_000 : 3_000) - 1,
            IsChunked = isChunked,
            IsContentSlow = hasContent && !isPrepared && random.Chance(200),
            ExpectsContinue = hasContent && !isPrepared && random.Chance(200),
            AnnouncesClose = random.Chance(40),
            Port = 8000 + random.Below(ports),
            PauseBefore = random.Chance(500) ? 0 : random.Spread(World.Microsecond, 6 * World.Second),
            CancelAfter = faults.Strikes(Fault.CallerCancels, random) ? random.Spread(100, 5 * World.Second) : -1,
            DropAfter = faults.Strikes(Fault.CallerDrops, random) ? random.Below(random.Pick(1, 300, 30_000)) : -1,
            ReadSize = random.Pick(1, 100, 4_095, 4_096, 16_384, 80_000) is var size && size == 1 && random.Chance(800) ? 512 : size,
            ReadPause = random.Chance(100) ? random.Spread(World.Microsecond, 100 * World.Millisecond) : 0,
        };
    }
}
