using System.Net;

namespace UringHttp.Confined;

/// <summary>What each way of asking for a loop gives where io_uring is refused.</summary>
internal static class RefusedRing
{
    public static void Report()
    {
        Console.WriteLine($"probe={UringCapabilities.Probe()}");
        using (var loop = new UringLoop())
        {
            Console.WriteLine($"backend={loop.Backend}");
            Console.WriteLine($"why={loop.Capabilities.WhyNotIoUring}");
            Console.WriteLine($"bytes={ExchangeAsync(loop).GetAwaiter().GetResult()}");
        }

        try
        {
            using var loop = new UringLoop(new UringLoopOptions { Backend = UringBackend.IoUring });
            Console.WriteLine("by-name=a loop");
        }
        catch (PlatformNotSupportedException e)
        {
            Console.WriteLine($"by-name={e.Message}");
        }
    }

    private static async Task<int> ExchangeAsync(UringLoop loop)
    {
        await using var listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        using var client = await UringSocket.ConnectAsync(loop, listener.LocalEndPoint);
        using var server = await listener.AcceptAsync();
        await client.SendAsync(new byte[5]);
        return await server.ReceiveAsync(new byte[10]);
    }
}
