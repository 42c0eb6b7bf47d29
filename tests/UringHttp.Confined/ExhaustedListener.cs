using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UringHttp.Confined;

/// <summary>A listener whose process has no descriptor left: it must pause without spinning, and go on when there is one.</summary>
internal static partial class ExhaustedListener
{
    private const int DescriptorLimit = 7;
    private const int MostDescriptors = 200;

    public static async Task ReportAsync(UringBackend backend)
    {
        Check(GetLimit(DescriptorLimit, out var limit));
        Check(SetLimit(DescriptorLimit, limit with { Soft = MostDescriptors }));
        using var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        await using var listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        await TryAsync(loop, listener, []); // so that the runtime has loaded what it needs

        using var late = NewSocket();
        var hoard = Hoard();
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

    /// <summary>Takes every descriptor that is left.</summary>
    private static List<Socket> Hoard()
    {
        var hoard = new List<Socket>();
        try
        {
            while (true)
            {
                hoard.Add(NewSocket());
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
        {
            return hoard;
        }
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(nuint Soft, nuint Hard);
}
