using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace UringHttp.Soak;

/// <summary>Four listening sockets and their connections. What a client sends that is no request is told to the one that asked.</summary>
internal sealed class SoakServer : IDisposable
{
    private readonly Socket[] _listeners = [.. Enumerable.Range(0, 4).Select(_ => Listen())];
    private readonly X509Certificate2 _certificate = ServerCertificate.Make();
    private readonly CancellationTokenSource _end = new();
    private readonly Action<string> _complain;

    public SoakServer(Action<string> complain)
    {
        _complain = complain;
        for (int i = 0; i < _listeners.Length; i++)
        {
            _ = AcceptAsync(_listeners[i], isSecure: i % 2 == 1);
        }
    }

    public ServerAddress Address =>
        new(PortOf(0), PortOf(1), PortOf(2), PortOf(3), ServerCertificate.HashOf(_certificate));

    public void Dispose()
    {
        _end.Cancel();
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }

        _certificate.Dispose();
        _end.Dispose();
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(1024);
        return socket;
    }

    private int PortOf(int listener) => ((IPEndPoint)_listeners[listener].LocalEndPoint!).Port;

    private async Task AcceptAsync(Socket listener, bool isSecure)
    {
        CancellationToken end = _end.Token;
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync(end);
                _ = ServeAsync(socket, isSecure, end);
            }
        }
        catch (Exception) when (end.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    private async Task ServeAsync(Socket socket, bool isSecure, CancellationToken end)
    {
        try
        {
            socket.NoDelay = true;
            await using Stream stream = await OpenAsync(socket, isSecure, end);
            await new ServerConnection(socket, stream).RunAsync(end);
            if (socket.LingerState is { Enabled: true })
            {
                socket.Close(); // a reset, before TLS can say goodbye
            }
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException
            or ObjectDisposedException)
        {
            // The client has given up its request, as it may, or the server ends.
        }
        catch (Exception e)
        {
            _complain($"The server has received what is no request: {e.Message}".ReplaceLineEndings(" "));
        }
        finally
        {
            socket.Dispose();
        }
    }

    private async Task<Stream> OpenAsync(Socket socket, bool isSecure, CancellationToken end)
    {
        var stream = new NetworkStream(socket, ownsSocket: false);
        if (!isSecure)
        {
            return stream;
        }

        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, end);
        return secure;
    }
}
