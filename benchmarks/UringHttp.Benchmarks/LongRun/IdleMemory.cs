using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Benchmarks.LongRun;

/// <summary>
/// Accepts connections, waits on each for bytes that never come, and tells what that takes. The other ends are in a process of their own:
/// they would count, and a process may not have as many files open.
/// </summary>
internal sealed class IdleMemory(int count)
{
    private const string MemoryField = "VmRSS:";

    private readonly List<IDisposable> _open = [];
    private Process? _peer;

    public async Task PrintAsync(string name, Func<IdleMemory, Task> wait)
    {
        (long resident, long managed) before = Measure();
        await wait(this);
        (long resident, long managed) after = Measure();
        _peer!.StandardInput.Close(); // it ends, and with it the connections
        await _peer.WaitForExitAsync();
        _open.ForEach(item => item.Dispose());
        long resident = (after.resident - before.resident) / count;
        long managed = (after.managed - before.managed) / count;
        Console.WriteLine($"  {name,-28} {resident,8:#,##0} B {managed,8:#,##0} B managed, {count:N0} connections");
    }

    public async Task WaitOnLoopAsync(UringBackend backend)
    {
        var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        _open.Add(loop);
        UringListener listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        StartPeer((IPEndPoint)listener.LocalEndPoint);
        await loop.RunAsync(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                UringSocket socket = await listener.AcceptAsync();
                Forget(socket.WaitReadableAsync().AsTask());
            }
        });
    }

    public async Task WaitWithAsyncSocketsAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(count);
        StartPeer((IPEndPoint)listener.LocalEndpoint);
        for (int i = 0; i < count; i++)
        {
            Socket socket = await listener.AcceptSocketAsync();
            _open.Add(socket);
            Forget(socket.ReceiveAsync(Memory<byte>.Empty).AsTask()); // no buffer while there is nothing to put into it
        }
    }

    public async Task WaitWithThreadsAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(count);
        StartPeer((IPEndPoint)listener.LocalEndpoint);
        for (int i = 0; i < count; i++)
        {
            Socket socket = await listener.AcceptSocketAsync();
            _open.Add(socket);
            new Thread(() => socket.Receive(new byte[1])) { IsBackground = true }.Start();
        }
    }

    /// <summary>The other process: connects, and stays until its standard input ends.</summary>
    public static void RunPeer(string[] arguments)
    {
        var server = new IPEndPoint(IPAddress.Loopback, int.Parse(arguments[0], CultureInfo.InvariantCulture));
        Socket[] sockets = new Socket[int.Parse(arguments[1], CultureInfo.InvariantCulture)];
        for (int i = 0; i < sockets.Length; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets[i].Connect(server);
        }

        Console.In.ReadToEnd();
        Array.ForEach(sockets, socket => socket.Dispose());
    }

    private static (long Resident, long Managed) Measure()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(MemoryField, StringComparison.Ordinal));
        long kibibytes = long.Parse(line[MemoryField.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), provider: null);
        return (kibibytes * 1024, GC.GetTotalMemory(forceFullCollection: true));
    }

    /// <summary>The wait ends in an error, or in nothing, when the connection does: nobody wants to know.</summary>
    private static void Forget(Task wait) => wait.ContinueWith(static wait => _ = wait.Exception, TaskScheduler.Default);

    private void StartPeer(IPEndPoint server) =>
        _peer = SelfProcess.Start(LongRunProgram.PeerVerb, server.Port.ToString(CultureInfo.InvariantCulture), $"{count}");
}
