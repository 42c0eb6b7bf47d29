namespace UringHttp.Compare;

/// <summary>The rows, in the order in which they run.</summary>
internal static class WorkloadCatalog
{
    private const int Connections = 64;
    private const int Objects = 100;

    public static IReadOnlyList<Workload> All { get; } =
    [
        Keepalive("200B", "200 B", 200),
        Keepalive("10KiB", "10 KiB", 10 * 1024),
        Keepalive("1MiB", "1 MiB", 1024 * 1024),
        AtOnce("28MB", "28 MB", 28_000_000),
    ];

    public static Workload Get(string name) => All.First(workload => workload.Name == name);

    /// <summary>Each connection fetches one body after the other until the time is up.</summary>
    private static Workload Keepalive(string name, string size, int length) => new()
    {
        Name = name,
        Title = $"{size}, {Connections} connections",
        BodyLength = length,
        Concurrency = Connections,
        Check = BodyCheck.SampledBodies,
        WarmUp = RoundLimit.OfSeconds(0.3),
        WarmsUpInBursts = true,
        Round = RoundLimit.OfSeconds(0.25),
        FullRound = RoundLimit.OfSeconds(2),
    };

    /// <summary>All bodies are in flight at once; a round ends when the last has arrived.</summary>
    private static Workload AtOnce(string name, string size, int length) => new()
    {
        Name = name,
        Title = $"{Objects} bodies of {size} at once",
        BodyLength = length,
        Concurrency = Objects,
        Check = BodyCheck.SampledBlocks,
        WarmUp = RoundLimit.OfRequests(Objects),
        WarmsUpInBursts = false,
        Round = RoundLimit.OfRequests(Objects),
        FullRound = RoundLimit.OfRequests(3 * Objects),
    };
}
