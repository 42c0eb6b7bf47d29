namespace UringHttp.Compare;

/// <summary>The arms, in the order in which they are shown. The first is what the others are compared with.</summary>
internal static class ArmCatalog
{
    public const string InlineCompletionsVariable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    // The one that Debian's packages of the libraries are for, whatever comes first on the PATH.
    private const string DebianPython = "/usr/bin/python3";

    private const int PipelineDepth = 16;

    /// <summary>For timeouts of connections that idle while the other arms have their turns.</summary>
    public static readonly TimeSpan LongerThanARow = TimeSpan.FromHours(1);

    public static IReadOnlyList<Arm> All { get; } =
    [
        Managed("stock", "SocketsHttpHandler", () => new StockClient()) with { IsInDemo = true },
        Managed("stock-inline", "SocketsHttpHandler, inline", () => new StockClient()) with
        {
            IsInDemo = true,
            Environment = new Dictionary<string, string> { [InlineCompletionsVariable] = "1" },
        },
        Managed("stock-arrays", "SocketsHttpHandler, GetByteArrayAsync", () => new StockClient(asArrays: true)) with
        {
            Serves = row => row.Sink == BodySink.Buffers,
        },
        Ours("client-uring", "UringHttpClient, io_uring", () => new PreparedClient(UringBackend.IoUring, keepsBodies: false)) with
        {
            Serves = row => row.Sink != BodySink.Buffers,
        },
        Ours("client-uring-buffers", "UringHttpClient, io_uring", () => new PreparedClient(UringBackend.IoUring, keepsBodies: true)) with
        {
            Serves = row => row.Sink == BodySink.Buffers,
        },
        Ours("client-epoll", "UringHttpClient, epoll", () => new PreparedClient(UringBackend.Epoll, keepsBodies: false)) with
        {
            Serves = row => row.Sink != BodySink.Buffers,
            IsInDemo = false,
        },
        Pipelined("client-uring-pipelined", "UringHttpClient, io_uring", UringBackend.IoUring),
        Pipelined("client-epoll-pipelined", "UringHttpClient, epoll", UringBackend.Epoll),
        Ours("loop-uring", "UringHttp on the loop, io_uring", () => UringClient.OnLoop(UringBackend.IoUring)),
        Ours("loop-epoll", "UringHttp on the loop, epoll", () => UringClient.OnLoop(UringBackend.Epoll)),
        Ours("pool", "UringHttp from the thread pool", () => UringClient.OnThreadPool(UringBackend.Auto)),
        Ours("pool-epoll", "UringHttp from the thread pool, epoll", () => UringClient.OnThreadPool(UringBackend.Epoll)) with
        {
            IsInDemo = false,
        },
        Limit("limit-uring", "C on io_uring, no library", "limit_uring") with { IsInDemo = true },
        Limit("limit-epoll", "C on epoll, no library", "limit_epoll"),
        Program("wrk", "wrk", new WrkProgram()),
        Program("curl", "curl -Z (whole process)", new CurlProgram()),
        Python("aiohttp-uvloop", "aiohttp + uvloop", "aiohttp", "uvloop"),
        Python("aiohttp", "aiohttp", "aiohttp"),
        Python("httpx", "httpx + uvloop", "httpx", "uvloop") with { Serves = IsInWriteUps },
        Python("requests", "requests, 50 threads", "requests") with { Serves = IsInWriteUps },
    ];

    public static Arm Get(string name) => All.First(arm => arm.Name == name);

    private static Arm Managed(string name, string title, Func<IArmClient> open) =>
        new() { Name = name, Title = title, Open = () => new ClientRounds(open) };

    private static Arm Ours(string name, string title, Func<IArmClient> open) =>
        Managed(name, title, open) with { Kind = ArmKind.Ours, IsInDemo = true };

    /// <summary>As many requests at once as the others have, on a few connections. None of the others does that.</summary>
    private static Arm Pipelined(string name, string title, UringBackend backend) => Ours(
        name,
        $"{title}, pipelined {PipelineDepth} deep",
        () => new PreparedClient(backend, keepsBodies: false, WorkloadCatalog.Connections / PipelineDepth, PipelineDepth)) with
    {
        Serves = row => row is { IsScaling: true, Concurrency: WorkloadCatalog.Connections },
        IsInDemo = false,
    };

    private static Arm Limit(string name, string title, string program) =>
        Program(name, title, new LimitProgram(program)) with { Kind = ArmKind.Limit };

    private static Arm Program(string name, string title, IClientProgram program) =>
        new() { Name = name, Title = title, Serves = program.Serves, Open = () => new ProgramRounds(program) };

    private static Arm Python(string name, string title, params string[] arguments) =>
        new() { Name = name, Title = title, Command = [DebianPython, ScriptFile.Find("arm.py"), .. arguments] };

    /// <summary>The slow ones run where somebody has published what they do: bulk, and the table of small bodies.</summary>
    private static bool IsInWriteUps(Workload row) =>
        row is { Concurrency: 64 or 100 or 16, RequestsPerSecond: 0, IsHttps: false, IdleConnections: 0 };
}
