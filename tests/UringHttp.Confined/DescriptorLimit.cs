using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UringHttp.Confined;

/// <summary>The most descriptors that the process may have (RLIMIT_NOFILE), and how it gets there.</summary>
internal static partial class DescriptorLimit
{
    private const int Descriptors = 7;
    private const int Most = 200;

    public static void Lower()
    {
        Check(GetLimit(Descriptors, out var limit));
        Check(SetLimit(Descriptors, limit with { Soft = Most }));
    }

    /// <summary>Takes every descriptor that is left.</summary>
    public static List<Socket> Hoard()
    {
        var hoard = new List<Socket>();
        try
        {
            while (true)
            {
                hoard.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
        {
            return hoard;
        }
    }

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
