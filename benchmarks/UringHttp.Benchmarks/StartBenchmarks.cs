using System.Net;
using BenchmarkDotNet.Attributes;

namespace UringHttp.Benchmarks;

/// <summary>To start something and await its end: an operation of the loop, code on the loop, a Task, a thread.</summary>
#pragma warning disable CA1001, CA1822 // CleanUp disposes it; BenchmarkDotNet wants classes to derive from, and no static methods
public class StartBenchmarks
#pragma warning restore CA1001
{
    private const int Times = 1000;

    private UringLoop? _loop;
    private UringListener? _listener;
    private UringSocket? _near;
    private UringSocket? _far;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _loop = new UringLoop();
        _listener = UringListener.Bind(_loop, new IPEndPoint(IPAddress.Loopback, 0));
        Task<UringSocket> accept = _listener.AcceptAsync().AsTask();
        _near = await UringSocket.ConnectAsync(_loop, _listener.LocalEndPoint);
        _far = await accept;
        await _far.SendAsync(new byte[1]); // from now on there is always something to read
        await _near.WaitReadableAsync();
    }

    [GlobalCleanup]
    public void CleanUp() => _loop?.Dispose();

    /// <summary>One crossing into the kernel for each, as they come one after the other.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public Task LoopOperation() => _loop!.RunAsync(async () =>
    {
        for (int i = 0; i < Times; i++)
        {
            await _near!.WaitReadableAsync();
        }
    });

    /// <summary>An async method on the loop that lets the others go first, once; no crossing of its own.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public Task LoopMethod() => _loop!.RunAsync(async () =>
    {
        for (int i = 0; i < Times; i++)
        {
            await YieldAsync();
        }
    });

    [Benchmark(OperationsPerInvoke = Times)]
    public async Task PoolTask()
    {
        for (int i = 0; i < Times; i++)
        {
            await Task.Run(static () => { });
        }
    }

    [Benchmark]
    public void OneThread()
    {
        var thread = new Thread(static () => { });
        thread.Start();
        thread.Join();
    }

    private static async Task YieldAsync() => await Task.Yield();
}
