using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Compare;

/// <summary>TCP ports of this machine that somebody listens on.</summary>
internal static class ListeningPorts
{
    private const string ListenState = "0A";

    /// <summary>Two that nobody listens on.</summary>
    public static (int First, int Second) FindFree()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }

    /// <summary>How many sockets listen on the port. More than one (SO_REUSEPORT) would share a run's connections among servers.</summary>
    public static int CountListeners(int port) => Count("/proc/net/tcp", port) + Count("/proc/net/tcp6", port);

    private static int Count(string table, int port)
    {
        string ending = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return !File.Exists(table)
            ? 0
            : File.ReadLines(table).Skip(1).Count(line =>
            {
                string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return columns[1].EndsWith(ending, StringComparison.Ordinal) && columns[3] == ListenState;
            });
    }
}
