using System.Net;
using System.Net.Sockets;

namespace UringHttp;

/// <summary>How sockets are made. One instance may serve many; it is read when a socket is made.</summary>
public sealed class SocketSettings
{
    private const int StreamType = 1;
    private const int SolSocket = 1;
    private const int IpProtoTcp = 6;
    private const int TcpNoDelay = 1;
    private const int SoReuseAddr = 2;
    private const int SoSndBuf = 7;
    private const int SoRcvBuf = 8;
    private const int SoKeepAlive = 9;
    private const int SoReusePort = 15;

    internal static SocketSettings Default { get; } = new();

    /// <summary>Sends small packets at once (TCP_NODELAY). Default true. Without meaning for unix sockets.</summary>
    public bool NoDelay { get; set; } = true;

    /// <summary>Has the kernel probe idle connections (SO_KEEPALIVE). Default false.</summary>
    public bool KeepAlive { get; set; }

    /// <summary>The kernel's receive buffer, in bytes. Default null: the kernel adapts it.</summary>
    public int? ReceiveBufferSize { get; set; }

    /// <summary>The kernel's send buffer, in bytes. Default null: the kernel adapts it.</summary>
    public int? SendBufferSize { get; set; }

    /// <summary>Listeners: several may share one port, and the kernel spreads connections (SO_REUSEPORT). Default false.</summary>
    public bool ReusePort { get; set; }

    /// <summary>
    /// Listeners: connections the kernel holds until they are accepted, and as many again that are accepted ahead. Zero or more;
    /// default 512; the kernel caps its part at somaxconn.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below zero: accepting would never go on.</exception>
    public int Backlog
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 512;

    /// <summary>Makes a socket for the endpoint's family, with these settings.</summary>
    internal int Open(IRing ring, EndPoint endpoint, bool listens)
    {
        int descriptor = ring.OpenSocket(SocketAddressing.GetDomain(endpoint), StreamType, 0);
        if (descriptor < 0)
        {
            throw new UringException(-descriptor, "socket", endpoint);
        }

        try
        {
            ApplyCommon(ring, descriptor, endpoint.AddressFamily);
            if (listens)
            {
                SetOption(ring, descriptor, SolSocket, SoReuseAddr, 1);
                SetOptionIf(ReusePort, ring, descriptor, SolSocket, SoReusePort, 1);
            }
        }
        catch
        {
            ring.CloseUnused(descriptor);
            throw;
        }

        return descriptor;
    }

    /// <summary>Sets what an accepted socket does not take over from its listener.</summary>
    internal void ApplyToAccepted(IRing ring, int descriptor, AddressFamily family) => ApplyCommon(ring, descriptor, family);

    private void ApplyCommon(IRing ring, int descriptor, AddressFamily family)
    {
        bool tcp = family != AddressFamily.Unix;
        SetOptionIf(tcp && NoDelay, ring, descriptor, IpProtoTcp, TcpNoDelay, 1);
        SetOptionIf(KeepAlive, ring, descriptor, SolSocket, SoKeepAlive, 1);
        SetOptionIf(ReceiveBufferSize is not null, ring, descriptor, SolSocket, SoRcvBuf, ReceiveBufferSize.GetValueOrDefault());
        SetOptionIf(SendBufferSize is not null, ring, descriptor, SolSocket, SoSndBuf, SendBufferSize.GetValueOrDefault());
    }

    private static void SetOptionIf(bool wanted, IRing ring, int descriptor, int level, int name, int value)
    {
        if (wanted)
        {
            SetOption(ring, descriptor, level, name, value);
        }
    }

    private static void SetOption(IRing ring, int descriptor, int level, int name, int value)
    {
        int result = ring.SetOption(descriptor, level, name, value);
        if (result < 0)
        {
            throw new UringException(-result, $"setsockopt({level}, {name}, {value})");
        }
    }
}
