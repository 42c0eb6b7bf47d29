using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Benchmarks.LongRun;

/// <summary>
/// Members in a ring, each with a connection to the next: a byte goes around it, so that one of them is awake at any time. What it costs to
/// wake the next is all that is measured.
/// </summary>
internal static class TokenRing
{
    public const int Members = 500;

    public static async Task<TimeSpan> OnLoopAsync(UringBackend backend, int laps)
    {
        using var loop = new UringLoop(new UringLoopOptions { Backend = backend });
        using UringListener listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        var ends = new (UringSocket Sending, UringSocket Receiving)[Members];
        for (int i = 0; i < Members; i++)
        {
            Task<UringSocket> accept = listener.AcceptAsync().AsTask();
            ends[i] = (await UringSocket.ConnectAsync(loop, listener.LocalEndPoint), await accept);
        }

        long startedAt = Stopwatch.GetTimestamp();
        await loop.RunAsync(async () =>
        {
            Task[] members = [.. Enumerable.Range(0, Members).Select(i => PassAsync(ends[i].Receiving, ends[(i + 1) % Members].Sending))];
            await ends[0].Sending.SendAsync(new byte[1]);
            await Task.WhenAll(members);
        });
        return Stopwatch.GetElapsedTime(startedAt);

        async Task PassAsync(UringSocket from, UringSocket to)
        {
            byte[] token = new byte[1];
            for (int lap = 0; lap < laps; lap++)
            {
                await from.ReceiveAsync(token);
                await to.SendAsync(token);
            }
        }
    }

    public static async Task<TimeSpan> WithAsyncSocketsAsync(int laps)
    {
        (Socket Sending, Socket Receiving)[] ends = Connect();
        long startedAt = Stopwatch.GetTimestamp();
        Task[] members = [.. Enumerable.Range(0, Members).Select(i => PassAsync(ends[i].Receiving, ends[(i + 1) % Members].Sending))];
        await ends[0].Sending.SendAsync(new byte[1]);
        await Task.WhenAll(members);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(startedAt);
        Close(ends);
        return elapsed;

        async Task PassAsync(Socket from, Socket to)
        {
            byte[] token = new byte[1];
            for (int lap = 0; lap < laps; lap++)
            {
                await from.ReceiveAsync(token);
                await to.SendAsync(token);
            }
        }
    }

    public static Task<TimeSpan> WithThreadsAsync(int laps)
    {
        (Socket Sending, Socket Receiving)[] ends = Connect();
        Thread[] members = [.. Enumerable.Range(0, Members).Select(i => new Thread(() => Pass(i)))];
        long startedAt = Stopwatch.GetTimestamp();
        Array.ForEach(members, member => member.Start());
        ends[0].Sending.Send(new byte[1]);
        Array.ForEach(members, member => member.Join());
        TimeSpan elapsed = Stopwatch.GetElapsedTime(startedAt);
        Close(ends);
        return Task.FromResult(elapsed);

        void Pass(int index)
        {
            byte[] token = new byte[1];
            for (int lap = 0; lap < laps; lap++)
            {
                ends[index].Receiving.Receive(token);
                ends[(index + 1) % Members].Sending.Send(token);
            }
        }
    }

    private static (Socket Sending, Socket Receiving)[] Connect()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var ends = new (Socket Sending, Socket Receiving)[Members];
        for (int i = 0; i < Members; i++)
        {
            var sending = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            sending.Connect(listener.LocalEndpoint);
            ends[i] = (sending, listener.AcceptSocket());
        }

        return ends;
    }

    private static void Close((Socket Sending, Socket Receiving)[] ends)
    {
        foreach ((Socket sending, Socket receiving) in ends)
        {
            sending.Dispose();
            receiving.Dispose();
        }
    }
}
