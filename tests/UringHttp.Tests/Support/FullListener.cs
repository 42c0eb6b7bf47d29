using System.Net;
using System.Net.Sockets;

namespace UringHttp.Tests.Support;

/// <summary>An address that does not answer: a listener whose backlog is full, so that the kernel drops each further SYN.</summary>
internal sealed class FullListener : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    internal FullListener(IPEndPoint? address = null)
    {
        _listener.Bind(address ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);

        // The kernel takes a connection or two beyond the backlog; the first that stays unanswered shows that it is full.
        bool answered;
        do
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(socket);
            try
            {
                socket.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
            }

            answered = socket.Poll(TimeSpan.FromMilliseconds(300), SelectMode.SelectWrite);
        }
        while (answered);
    }

    internal Uri Uri => new($"http://{_listener.LocalEndPoint}/");

    public void Dispose()
    {
        _waiting.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
