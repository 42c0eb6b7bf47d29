namespace UringHttp.Compare;

/// <summary>The arms, in the order in which they are shown. The first is what the others are compared with.</summary>
internal static class ArmCatalog
{
    public const string InlineCompletionsVariable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    public static IReadOnlyList<Arm> All { get; } =
    [
        new Arm { Name = "stock", Title = "SocketsHttpHandler", Open = () => new StockClient() },
        new Arm
        {
            Name = "stock-inline",
            Title = "SocketsHttpHandler, inline",
            Environment = new Dictionary<string, string> { [InlineCompletionsVariable] = "1" },
            Open = () => new StockClient(),
        },
        new Arm
        {
            Name = "loop-uring",
            Title = "UringHttp on the loop, io_uring",
            IsOurs = true,
            Open = () => UringClient.OnLoop(UringBackend.IoUring),
        },
        new Arm
        {
            Name = "loop-epoll",
            Title = "UringHttp on the loop, epoll",
            IsOurs = true,
            Open = () => UringClient.OnLoop(UringBackend.Epoll),
        },
        new Arm
        {
            Name = "pool",
            Title = "UringHttp from the thread pool",
            IsOurs = true,
            Open = () => UringClient.OnThreadPool(UringBackend.Auto),
        },
    ];

    public static Arm Get(string name) => All.First(arm => arm.Name == name);
}
