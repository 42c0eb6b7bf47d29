using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UringHttp.Compare;

/// <summary>
/// The socket that a server listens on. Its connections send with CUBIC, whatever the machine's default: BBR paces a long body by
/// what it has seen of the path, so the same client costs up to three times as much or as little by what ran before it.
/// </summary>
internal static partial class ServerSocket
{
    private const int Backlog = 4096;
    private const int IpProtoTcp = 6;
    private const int TcpCongestion = 13;
    private const int SetDescriptorFlags = 2;

    /// <summary>Opens one, which a child process inherits by number. Not listening yet where the server does that itself.</summary>
    public static Socket Open(EndPoint address, bool listens)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption(IpProtoTcp, TcpCongestion, "cubic"u8);
            socket.Bind(address);
            if (listens)
            {
                socket.Listen(Backlog);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Lets child processes have it, under this number.</summary>
    public static int MakeInheritable(Socket socket)
    {
        int descriptor = (int)socket.Handle;
        return fcntl(descriptor, SetDescriptorFlags, 0) == 0
            ? descriptor
            : throw new CompareException($"fcntl failed with errno {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);
}
