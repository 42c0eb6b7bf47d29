using System.Net;
using BenchmarkDotNet.Attributes;

namespace UringHttp.Benchmarks;

/// <summary>What the loop's own steps cost: a hop onto it and back, and a byte there and back over a socket.</summary>
#pragma warning disable CA1001 // CleanUp disposes it; the class is BenchmarkDotNet's to derive from
public class LoopBenchmarks
#pragma warning restore CA1001
{
    private const int Rounds = 1000;

    private UringLoop? _loop;
    private UringListener? _listener;
    private UringSocket? _near;
    private UringSocket? _far;

    [Params(UringBackend.IoUring, UringBackend.Epoll)]
    public UringBackend Backend { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _loop = new UringLoop(new UringLoopOptions { Backend = Backend });
        _listener = UringListener.Bind(_loop, new IPEndPoint(IPAddress.Loopback, 0));
        Task<UringSocket> accept = _listener.AcceptAsync().AsTask();
        _near = await UringSocket.ConnectAsync(_loop, _listener.LocalEndPoint);
        _far = await accept;
    }

    [GlobalCleanup]
    public void CleanUp() => _loop?.Dispose();

    /// <summary>From the thread pool to the loop and back.</summary>
    [Benchmark]
    public Task Hop() => _loop!.RunAsync(() => Task.CompletedTask);

    /// <summary>Send and receive a byte, there and back, all on the loop.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public Task PingPong() => _loop!.RunAsync(async () =>
    {
        byte[] one = new byte[1];
        byte[] other = new byte[1];
        for (int i = 0; i < Rounds; i++)
        {
            await _near!.SendAsync(one);
            await _far!.ReceiveAsync(other);
            await _far.SendAsync(other);
            await _near.ReceiveAsync(one);
        }
    });
}
