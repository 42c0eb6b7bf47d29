using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace UringHttp.Compare;

/// <summary>
/// Answers nobody before a given number have asked, so that each asks on a connection of its own; then all. This is how a client comes by
/// idle connections: <c>GET /hold/10000</c>.
/// </summary>
internal sealed partial class HoldingServer : IServerHost
{
    private const int RequestRoom = 2048;

    private static readonly TimeSpan s_untilClosed = TimeSpan.FromMilliseconds(10);
    private static readonly byte[] s_end = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] s_answer = Encoding.ASCII.GetBytes(
        $"HTTP/1.1 200 OK\r\nContent-Length: {WorkloadCatalog.SmallBody}\r\n\r\n" + new string('.', WorkloadCatalog.SmallBody));

    private readonly Lock _lock = new();
    private TaskCompletionSource _all = NewSource();
    private int _waiting;

    public static string PathFor(int connections) => $"/hold/{connections}";

    public async Task RunAsync(ServerPlan plan, CancellationToken end)
    {
        using Socket listener = ServerSocket.Open(new IPEndPoint(IPAddress.Loopback, plan.HoldingPort), listens: true);
        while (true)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptAsync(end));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                await Task.Delay(s_untilClosed, end); // those of the arm before are still being closed
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [GeneratedRegex(@"^GET /hold/(\d+) ")]
    private static partial Regex RequestLine();

    private async Task ServeAsync(Socket connection)
    {
        using (connection)
        {
            connection.NoDelay = true;
            byte[] request = new byte[RequestRoom];
            int filled = 0;
            try
            {
                int count;
                while ((count = await connection.ReceiveAsync(request.AsMemory(filled))) > 0)
                {
                    filled += count;
                    if (request.AsSpan(0, filled).EndsWith(s_end))
                    {
                        await HoldAsync(int.Parse(RequestLine().Match(Encoding.ASCII.GetString(request, 0, filled)).Groups[1].Value, null));
                        await connection.SendAsync(s_answer);
                        filled = 0;
                    }
                }
            }
            catch (SocketException)
            {
                // The client has gone, and with it the reason to answer.
            }
        }
    }

    private Task HoldAsync(int most)
    {
        lock (_lock)
        {
            Task all = _all.Task;
            if (++_waiting == most)
            {
                _all.SetResult();
                _all = NewSource();
                _waiting = 0;
            }

            return all;
        }
    }
}
