using System.Diagnostics;
using System.Globalization;

namespace UringHttp.Benchmarks.LongRun;

/// <summary>What takes too long for BenchmarkDotNet or wants a process of its own: <c>long-run [laps]</c>.</summary>
internal static class LongRunProgram
{
    public const string Verb = "long-run";
    public const string PeerVerb = "idle-peer";

    public const string IdleVerb = "idle-memory";

    private const int Laps = 10_000;
    private const int Many = 10_000;
    private const int Few = 1000; // a machine gives as many threads without being asked twice

    private static readonly string[] s_waysToIdle = ["loop-uring", "loop-epoll", "sockets", "threads"];

    public static async Task RunAsync(string[] arguments)
    {
        int laps = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : Laps;
        Console.WriteLine($"A token around a ring of {TokenRing.Members} sockets, {laps:N0} laps; time and CPU time for each hop");
        foreach (UringBackend backend in (UringBackend[])[UringBackend.IoUring, UringBackend.Epoll])
        {
            await PrintAsync($"on the loop, {backend}", laps, () => TokenRing.OnLoopAsync(backend, laps));
        }

        await PrintAsync("async sockets, thread pool", laps, () => TokenRing.WithAsyncSocketsAsync(laps));
        await PrintAsync("a thread for each", laps, () => TokenRing.WithThreadsAsync(laps));

        Console.WriteLine();
        Console.WriteLine("Memory of an idle connection that is waited on; resident and managed, without the kernel's");
        foreach (string way in s_waysToIdle)
        {
            using Process process = SelfProcess.Start(IdleVerb, way); // each in a new one: what one leaves, the next would use
            await process.WaitForExitAsync();
        }
    }

    /// <summary>One of the ways to wait on many connections, in a process of its own.</summary>
    public static Task RunIdleAsync(string way) => way switch
    {
        "loop-uring" => new IdleMemory(Many).PrintAsync("on the loop, io_uring", server => server.WaitOnLoopAsync(UringBackend.IoUring)),
        "loop-epoll" => new IdleMemory(Many).PrintAsync("on the loop, epoll", server => server.WaitOnLoopAsync(UringBackend.Epoll)),
        "sockets" => new IdleMemory(Many).PrintAsync("async sockets", server => server.WaitWithAsyncSocketsAsync()),
        _ => new IdleMemory(Few).PrintAsync("a thread for each", server => server.WaitWithThreadsAsync()),
    };

    private static async Task PrintAsync(string name, int laps, Func<Task<TimeSpan>> run)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        TimeSpan elapsed = await run();
        TimeSpan cpu = Environment.CpuUsage.TotalTime - before;
        double hops = (double)laps * TokenRing.Members;
        Console.WriteLine($"  {name,-28} {elapsed.TotalMicroseconds / hops,8:0.00} µs {cpu.TotalMicroseconds / hops,8:0.00} µs CPU");
    }
}
