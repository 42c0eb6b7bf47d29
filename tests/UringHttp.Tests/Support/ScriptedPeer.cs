using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>
/// The other end of an exchange, by script and byte for byte: it says exactly what a test wants, however wrong. Uses the BCL's
/// sockets, so that nothing of ours stands on both sides.
/// </summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<PeerConnection, Task> _script;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly ConcurrentBag<Task> _running = [];
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _accepted;

    internal ScriptedPeer(Func<PeerConnection, Task> script, SslServerAuthenticationOptions? tls = null)
    {
        _script = script;
        _tls = tls;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Connections made so far.</summary>
    internal int Accepted => Volatile.Read(ref _accepted);

    internal IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    internal int Port => EndPoint.Port;

    internal Uri Uri => new(_tls is null ? $"http://127.0.0.1:{Port}/" : $"https://localhost:{Port}/");

    /// <summary>Answers every request of every connection alike.</summary>
    internal static ScriptedPeer Answering(string response, SslServerAuthenticationOptions? tls = null) => new(
        async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync(response);
            }
        },
        tls);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_running);
        _stop.Dispose();
        if (_failures.TryDequeue(out Exception? failure))
        {
            throw new AssertionException($"The script of the peer failed: {failure}", failure);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                int index = Interlocked.Increment(ref _accepted) - 1;
                _running.Add(Task.Run(() => RunAsync(socket, index)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task RunAsync(Socket socket, int index)
    {
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (_tls is not null)
            {
                var secure = new SslStream(stream);
                stream = secure;
                await secure.AuthenticateAsServerAsync(_tls, _stop.Token);
            }

            await _script(new PeerConnection(socket, stream, index, _stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or AuthenticationException)
        {
            // The client went away, or the test is over: a script need not care.
        }
        catch (Exception e)
        {
            _failures.Enqueue(e);
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }
}

/// <summary>One connection of a <see cref="ScriptedPeer"/>.</summary>
internal sealed class PeerConnection(Socket socket, Stream stream, int index, CancellationToken stop)
{
    private readonly List<byte> _received = [];

    /// <summary>Its number in the order of arrival, from 0.</summary>
    internal int Index => index;

    /// <summary>TLS as the peer sees it; null without.</summary>
    internal SslStream? Tls => stream as SslStream;

    /// <summary>Ends with the test.</summary>
    internal CancellationToken Stop => stop;

    /// <summary>The connection itself, for a script that goes on in another language. What was read ahead is not in it.</summary>
    internal Stream Stream => stream;

    /// <summary>The same connection in another language: TLS over it, say. What was read ahead is not in it.</summary>
    internal PeerConnection Over(Stream other) => new(socket, other, index, stop);

    /// <summary>Whether more has arrived than was read.</summary>
    internal bool HasMore => _received.Count > 0 || socket.Available > 0;

    /// <summary>A request's head with its last empty line; null when the client closed before it.</summary>
    internal async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            int end = IndexOfEmptyLine();
            if (end >= 0)
            {
                return Encoding.Latin1.GetString(Take(end + 4));
            }

            if (!await ReceiveAsync())
            {
                return null;
            }
        }
    }

    /// <summary>Exactly so many bytes, or fewer when the client closes.</summary>
    internal async Task<byte[]> ReadAsync(int count)
    {
        while (_received.Count < count && await ReceiveAsync())
        {
        }

        return Take(Math.Min(count, _received.Count));
    }

    /// <summary>A chunked body as it was sent, to its last chunk.</summary>
    internal async Task<string> ReadChunkedAsync()
    {
        while (!Encoding.Latin1.GetString([.. _received]).EndsWith("0\r\n\r\n", StringComparison.Ordinal) && await ReceiveAsync())
        {
        }

        return Encoding.Latin1.GetString(Take(_received.Count));
    }

    /// <summary>Everything until the client closes.</summary>
    internal async Task<byte[]> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        return Take(_received.Count);
    }

    internal Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    internal Task WriteAsync(byte[] bytes) => stream.WriteAsync(bytes, stop).AsTask();

    /// <summary>One byte at a time, each in its own segment.</summary>
    internal async Task DribbleAsync(string text)
    {
        socket.NoDelay = true;
        foreach (byte one in Encoding.Latin1.GetBytes(text))
        {
            await WriteAsync([one]);
        }
    }

    /// <summary>Half-closes: the client sees the end of the stream.</summary>
    internal void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a RST.</summary>
    internal void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Waits until the client closes or the test ends.</summary>
    internal Task WaitForCloseAsync() => ReadToEndAsync();

    private async Task<bool> ReceiveAsync()
    {
        byte[] buffer = new byte[16 * 1024];
        int count = await stream.ReadAsync(buffer, stop);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private int IndexOfEmptyLine() =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received).IndexOf("\r\n\r\n"u8);

    private byte[] Take(int count)
    {
        byte[] taken = [.. _received[..count]];
        _received.RemoveRange(0, count);
        return taken;
    }
}
