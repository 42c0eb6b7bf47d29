using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UringHttp.Compare;

/// <summary>TCP ports of this machine that somebody listens on.</summary>
internal static class ListeningPorts
{
    private const string ListenState = "0A";

    /// <summary>Some that nobody listens on.</summary>
    public static int[] FindFree(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
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
