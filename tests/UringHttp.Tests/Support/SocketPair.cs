using System.Net;
using System.Net.Sockets;

namespace UringHttp.Tests.Support;

/// <summary>A socket of a loop, and the plain socket that it is connected to.</summary>
internal sealed class SocketPair(UringSocket near, Socket far) : IDisposable
{
    public UringSocket Near => near;

    public Socket Far => far;

    /// <summary>Connects over IPv4 loopback.</summary>
    public static async Task<SocketPair> ConnectAsync(UringLoop loop, SocketSettings? settings = null)
    {
        using var listener = Listen();
        var near = await UringSocket.ConnectAsync(loop, listener.LocalEndPoint!, settings);
        return new SocketPair(near, await listener.AcceptAsync());
    }

    /// <summary>A plain socket that listens on IPv4 loopback.</summary>
    public static Socket Listen(int backlog = 16)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }

    /// <summary>Ends the far side with a reset: nothing is sent after it, and what is under way is lost.</summary>
    public void ResetFar()
    {
        far.LingerState = new LingerOption(true, 0);
        far.Dispose();
    }

    public void Dispose()
    {
        near.Dispose();
        far.Dispose();
    }
}

/// <summary>Both ends of a connection on one loop.</summary>
internal sealed class UringPair(UringSocket client, UringSocket server) : IDisposable
{
    public UringSocket Client => client;

    public UringSocket Server => server;

    public static async Task<UringPair> ConnectAsync(UringLoop loop, EndPoint? local = null, SocketSettings? settings = null)
    {
        await using var listener = UringListener.Bind(loop, local ?? new IPEndPoint(IPAddress.Loopback, 0), settings);
        var accept = listener.AcceptAsync().AsTask();
        var client = await UringSocket.ConnectAsync(loop, listener.LocalEndPoint, settings);
        return new UringPair(client, await accept);
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }
}

/// <summary>An address that takes connections only until its queue is full; whoever comes then waits without an answer.</summary>
internal sealed class BlackHole : IDisposable
{
    private readonly Socket _listener = SocketPair.Listen(backlog: 0);
    private readonly List<Socket> _waiting = [];

    public BlackHole()
    {
        for (var i = 0; i < 3; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(socket);
            try
            {
                socket.Connect(EndPoint);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It waits in the queue, or before it.
            }
        }
    }

    public EndPoint EndPoint => _listener.LocalEndPoint!;

    public void Dispose()
    {
        _waiting.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
