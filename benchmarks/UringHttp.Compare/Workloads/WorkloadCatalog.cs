using System.Globalization;

namespace UringHttp.Compare;

/// <summary>The rows, in the order in which they run.</summary>
internal static class WorkloadCatalog
{
    /// <summary>In bytes.</summary>
    public const int SmallBody = 200;

    /// <summary>Of most rows.</summary>
    public const int Connections = 64;

    private const int MediumBody = 10 * 1024;
    private const int LargeBody = 1024 * 1024;
    private const int SmallObject = 30_000;
    private const int LargeObject = 28_000_000;
    private const int Objects = 100;
    private const int ObjectsWithMemory = 16; // each has 28 MB of its own: a hundred in each of a dozen processes would be 30 GB
    private const int IdleConnections = 10_000;

    public static IReadOnlyList<Workload> All { get; } =
    [
        Keepalive("200B", "200 B", SmallBody) with { IsInDemo = true },
        Keepalive("10KiB", "10 KiB", MediumBody),
        Keepalive("1MiB", "1 MiB", LargeBody) with { IsInDemo = true },
        Bulk("28MB", $"{Objects} × 28 MB at once", LargeObject, Objects, Objects) with { IsInDemo = true },
        Bulk("28MB-buffers", $"{Objects} × 28 MB into caller buffers, {ObjectsWithMemory} at once", LargeObject, Objects, ObjectsWithMemory)
            with { Sink = BodySink.Buffers },
        Bulk("28MB-files", $"{Objects} × 28 MB to files, {ObjectsWithMemory} at once", LargeObject, Objects, ObjectsWithMemory)
            with { Sink = BodySink.Files },

        // A thousand are over in 20 ms: in so short a round the compiler is heard, and a scheduler's slice.
        Bulk("30KB", $"5 × 1,000 × 30 KB, {Objects} at once", SmallObject, 5000, Objects) with { WarmsUpInBursts = true },
        Keepalive("c1", "200 B", SmallBody, 1),
        Keepalive("c16", "200 B", SmallBody, 16),
        Keepalive("c256", "200 B", SmallBody, 256),
        Keepalive("r1000", "200 B, 1,000 requests/s", SmallBody) with { RequestsPerSecond = 1000 },
        Keepalive("r5000", "200 B, 5,000 requests/s", SmallBody) with { RequestsPerSecond = 5000 },
        Keepalive("https-200B", "https, 200 B", SmallBody) with { IsHttps = true },
        Keepalive("https-1MiB", "https, 1 MiB", LargeBody) with { IsHttps = true },
        Keepalive("idle", $"200 B, {IdleConnections:N0} idle connections beside", SmallBody) with { IdleConnections = IdleConnections },

        // The last: every arm keeps its connections until the next row.
        Keepalive("c1024", "200 B", SmallBody, 1024),
    ];

    public static Workload Get(string name) => All.First(workload => workload.Name == name);

    /// <summary>Each connection fetches one body after the other until the time is up.</summary>
    private static Workload Keepalive(string name, string what, int length, int connections = Connections) => new()
    {
        Name = name,
        Title = string.Create(CultureInfo.InvariantCulture, $"{what}, {connections:N0} connection{(connections == 1 ? "" : "s")}"),
        BodyLength = length,
        Concurrency = connections,
        Check = BodyCheck.SampledBodies,
        WarmUp = RoundLimit.OfSeconds(0.3),
        WarmsUpInBursts = true,
        Round = RoundLimit.OfSeconds(0.25),
        FullRound = RoundLimit.OfSeconds(0.8),
    };

    /// <summary>A number of bodies, some at once; a round ends when the last has arrived.</summary>
    private static Workload Bulk(string name, string title, int length, int objects, int atOnce) => new()
    {
        Name = name,
        Title = title,
        BodyLength = length,
        Concurrency = atOnce,
        Check = BodyCheck.SampledBlocks,
        WarmUp = RoundLimit.OfRequests(objects),
        Round = RoundLimit.OfRequests(objects),
        FullRound = RoundLimit.OfRequests(objects),
    };
}
