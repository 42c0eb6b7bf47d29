using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Confined;

/// <summary>A listener whose process has no descriptor left: it must pause without spinning, and go on when there is one.</summary>
internal static class ExhaustedListener
{
    public static async Task ReportAsync(UringBackend backend)
    {
        DescriptorLimit.Lower();
        using var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        await using var listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        await TryAsync(loop, listener, []); // so that the runtime has loaded what it needs

        using var late = NewSocket();
        var hoard = DescriptorLimit.Hoard();
        late.Connect(listener.LocalEndPoint);
        await TryAsync(loop, listener, hoard);
        Console.WriteLine($"descriptors={loop.Counters.OpenDescriptors}");
    }

    /// <summary>Accepts one connection, which must wait until the hoard is given back.</summary>
    private static async Task TryAsync(UringLoop loop, UringListener listener, List<Socket> hoard)
    {
        using var client = hoard.Count == 0 ? NewSocket() : null;
        client?.Connect(listener.LocalEndPoint);
        var accept = listener.AcceptAsync().AsTask();

        // The measured time is the point here: in it a loop that retries without a pause would turn thousands of times. This thread
        // waits by itself: the runtime needs a descriptor to start a thread, and without one ends the process.
        var turns = loop.Counters.Turns;
        var clock = Stopwatch.StartNew();
        var paused = !accept.Wait(TimeSpan.FromMilliseconds(600));
        var rate = (loop.Counters.Turns - turns) / clock.Elapsed.TotalSeconds;
        hoard.ForEach(socket => socket.Dispose());
        await using var server = await accept;
        if (hoard.Count > 0)
        {
            Console.WriteLine($"paused={paused}");
            Console.WriteLine($"turns-per-second={(long)rate}");
        }
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
}
