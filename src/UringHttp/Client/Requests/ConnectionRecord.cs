using System.Net;
using System.Net.Security;
using System.Security.Authentication;

namespace UringHttp;

/// <summary>How a connection came about. Written while it is made, on the loop; read for each response that tells of it.</summary>
internal sealed class ConnectionRecord(LoopCore loop)
{
    private UringSocket? _socket;
    private TlsRecord? _tls;

    /// <summary>The other side's address; null when the connection is a user's stream.</summary>
    internal EndPoint? Remote => _socket?.KnownRemote;

    /// <summary>What finding the addresses took, in nanoseconds.</summary>
    internal long NameResolution { get; set; }

    /// <summary>What connecting took, in nanoseconds.</summary>
    internal long Connect { get; set; }

    /// <summary>A moment to measure a step from.</summary>
    internal long Clock => loop.Ring.Now;

    /// <summary>The socket is connected.</summary>
    internal void OnSocket(UringSocket socket) => _socket = socket;

    /// <summary>TLS with the origin is established.</summary>
    internal void OnTls(SslStream stream, long time) => _tls = new TlsRecord(stream.SslProtocol, stream.NegotiatedCipherSuite, time);

    /// <summary>What to tell of an exchange.</summary>
    internal UringHttpConnectionInfo Report(bool isReused, long queue, long firstByte) => new()
    {
        LocalEndPoint = ReadLocal(),
        RemoteEndPoint = Remote,
        IsReused = isReused,
        TlsProtocol = _tls?.Protocol,
        TlsCipherSuite = _tls?.CipherSuite,
        QueueTime = Span(queue),
        NameResolutionTime = Span(NameResolution),
        ConnectTime = Span(Connect),
        TlsTime = Span(_tls?.Time ?? 0),
        FirstByteTime = Span(firstByte),
    };

    /// <summary>Asks the kernel, since few want to know; null when the connection is a user's stream, or at its end.</summary>
    private EndPoint? ReadLocal()
    {
        try
        {
            return _socket?.LocalEndPoint;
        }
        catch (Exception e) when (e is ObjectDisposedException or UringException)
        {
            return null;
        }
    }

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    private sealed record TlsRecord(SslProtocols Protocol, TlsCipherSuite CipherSuite, long Time);
}
