using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>
/// Names, addresses, proxies and servers around the exchanges. Each part does what the plan of its exchange says, knows the exchange by
/// the path or the host that it is asked for, and writes down how far that has come.
/// </summary>
internal sealed class RandomWorld : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, RandomExchange> _exchanges = new();
    private readonly StageTable _table;
    private readonly SslStreamCertificateContext _certificate = SslStreamCertificateContext.Create(TestCertificate.Localhost, null);
    private readonly ScriptedPeer _plain;
    private readonly ScriptedPeer _tls;
    private readonly ScriptedPeer _tunnel;
    private readonly ScriptedPeer _socks;
    private readonly FullListener _silent;
    private Gathering? _gathering;

    internal RandomWorld(StageTable table)
    {
        _table = table;
        _plain = new ScriptedPeer(ServeAsync);
        _tls = new ScriptedPeer(ServeOverTlsAsync);
        _tunnel = new ScriptedPeer(ServeTunnelAsync);
        _socks = new ScriptedPeer(ServeSocksAsync);
        _silent = new FullListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), _plain.Port));
        ForwardProxy = new WebProxy(_plain.Uri);
        TunnelProxy = new WebProxy(_tunnel.Uri);
        SocksProxy = new WebProxy($"socks5://127.0.0.1:{_socks.Port}");
    }

    internal IWebProxy ForwardProxy { get; }

    internal IWebProxy TunnelProxy { get; }

    internal IWebProxy SocksProxy { get; }

    internal void Add(RandomExchange exchange) => _exchanges[exchange.Id] = exchange;

    internal void Remove(RandomExchange exchange)
    {
        _exchanges.TryRemove(exchange.Id, out _);
        exchange.End();
    }

    /// <summary>Where an exchange goes.</summary>
    internal Uri UriOf(RandomExchange exchange) => exchange.Way switch
    {
        Way.Tls => new Uri($"https://{exchange.OwnHost ?? "s.test"}:{_tls.Port}/{exchange.Id}"),
        Way.Tunnel => new Uri($"https://{exchange.OwnHost ?? "s.test"}/{exchange.Id}"),
        Way.Socks or Way.Forwarded => new Uri($"http://{exchange.OwnHost ?? "s.test"}/{exchange.Id}"),
        _ => new Uri($"http://{exchange.OwnHost ?? "127.0.0.1"}:{_plain.Port}/{exchange.Id}"),
    };

    /// <summary>Holds back the answers to what is asked for here until so many have asked.</summary>
    internal Uri[] Gather(int count, int origins)
    {
        _gathering = new Gathering(count);
        return [.. Enumerable.Range(0, count).Select(i => new Uri($"http://all{i % origins}.test:{_plain.Port}/gather"))];
    }

    /// <summary>For <see cref="UringHttpHandlerOptions.ResolveCallback"/>.</summary>
    internal async ValueTask<IPAddress[]> ResolveAsync(string name, CancellationToken token)
    {
        var alive = IPAddress.Parse("127.0.0.1");
        if (Find(name) is not { } exchange)
        {
            return [alive];
        }

        await exchange.StallAsync(Stage.Names).WaitAsync(token);
        switch (exchange.Dice % 4)
        {
            case 0:
                await Task.Yield();
                break;
            case 1:
                await Task.Delay(1, token);
                break;
        }

        if (exchange.BreaksAt(Stage.Names))
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        exchange.Reach(Stage.Connect);
        IPAddress silent = IPAddress.Parse("127.0.0.2"), refusing = IPAddress.Parse("127.0.0.3");
        return exchange.Target == Stage.Connect ? [silent] : exchange.BreaksAt(Stage.Connect) ? [refusing] : (exchange.Dice % 5) switch
        {
            0 => [refusing, alive],
            1 => [silent, alive],
            _ => [alive],
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RandomExchange exchange in _exchanges.Values)
        {
            exchange.End(); // one that hangs must not hold up the end of the test, which tells of it
        }

        _silent.Dispose();
        foreach (ScriptedPeer peer in new[] { _plain, _tls, _tunnel, _socks })
        {
            await peer.DisposeAsync();
        }
    }

    private RandomExchange? Find(string host) =>
        host[0] == 'x' && host.EndsWith(".test", StringComparison.Ordinal) ? Get(host.AsSpan(1, host.Length - 6)) : null;

    private RandomExchange? Get(ReadOnlySpan<char> id) =>
        _exchanges.GetValueOrDefault(int.Parse(id, CultureInfo.InvariantCulture));

    private async Task ServeTunnelAsync(PeerConnection peer)
    {
        if (await peer.ReadHeadAsync() is not { } head)
        {
            return;
        }

        if (Find(head.Split(' ', ':')[1]) is { } exchange)
        {
            await exchange.StallAsync(Stage.Proxy);
            if (exchange.BreaksAt(Stage.Proxy))
            {
                await peer.WriteAsync("HTTP/1.1 502 Bad Gateway\r\n\r\n");
                return;
            }
        }

        await peer.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n");
        await ServeOverTlsAsync(peer);
    }

    private async Task ServeSocksAsync(PeerConnection peer)
    {
        if (await peer.ReadAsync(2) is not [5, var methods])
        {
            return;
        }

        await peer.ReadAsync(methods);
        await peer.WriteAsync([5, 0]);
        byte[] request = await peer.ReadAsync(5);
        if (request.Length < 5)
        {
            return;
        }

        byte[] rest = await peer.ReadAsync(request[4] + 2);
        if (Find(System.Text.Encoding.ASCII.GetString(rest[..^2])) is { } exchange)
        {
            await exchange.StallAsync(Stage.Proxy);
            if (exchange.BreaksAt(Stage.Proxy))
            {
                peer.Reset();
                return;
            }
        }

        await peer.WriteAsync([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
        await ServeAsync(peer);
    }

    private async Task ServeOverTlsAsync(PeerConnection peer)
    {
        await using var tls = new SslStream(peer.Stream, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsServerAsync(
            async (_, hello, _, token) =>
            {
                if (Find(hello.ServerName) is { } exchange)
                {
                    await exchange.StallAsync(Stage.Tls).WaitAsync(token);
                    if (exchange.BreaksAt(Stage.Tls))
                    {
                        throw new IOException("This handshake was made to fail.");
                    }
                }

                return new SslServerAuthenticationOptions { ServerCertificateContext = _certificate };
            },
            null,
            peer.Stop);
        await ServeAsync(peer.Over(tls));
    }

    private async Task ServeAsync(PeerConnection peer)
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            string path = head.Split(' ')[1];
            path = path[(path.LastIndexOf('/') + 1)..];
            if (path == "gather")
            {
                await _gathering!.JoinAsync().WaitAsync(peer.Stop);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall");
            }
            else if (Get(path) is not { } exchange || !await TryAnswerAsync(peer, head, exchange))
            {
                return;
            }
        }
    }

    /// <summary>False when the connection is to be closed.</summary>
    private async Task<bool> TryAnswerAsync(PeerConnection peer, string head, RandomExchange exchange)
    {
        if (exchange is { FaultAt: 0, FaultIsReset: true })
        {
            peer.Reset(); // with a content that nobody has read
            return false;
        }

        if (!await TryReadContentAsync(peer, head, exchange))
        {
            return false;
        }

        await exchange.StallAsync(Stage.Wait);
        (byte[] answer, int bodyAt) = exchange.NewAnswer();
        if (exchange.FaultAt < answer.Length)
        {
            if (exchange.FaultAt > 0 && exchange.FaultAt < bodyAt)
            {
                exchange.Reach(Stage.Head);
            }

            await peer.WriteAsync(answer[..exchange.FaultAt]);
            if (exchange.FaultIsReset)
            {
                peer.Reset();
            }

            return false;
        }

        int sent = exchange.Target switch
        {
            Stage.Head => bodyAt / 2,
            Stage.Body or Stage.Drain => bodyAt + (answer.Length - bodyAt) / 2,
            _ => 0,
        };
        await peer.WriteAsync(answer[..sent]);
        if (exchange.Target == Stage.Head)
        {
            await exchange.StallAsync(Stage.Head);
        }
        else if (exchange.Target is Stage.Body or Stage.Drain)
        {
            await exchange.Ended; // the caller knows when it is in the body
        }

        if (exchange.Target == Stage.Drain && exchange.Dice % 3 > 0)
        {
            if (exchange.Dice % 3 == 1)
            {
                peer.Reset();
                _table.Count(Stage.Drain, Ending.Fault);
            }
            else
            {
                await peer.WaitForCloseAsync(); // which only the limit of the drain brings about
                _table.Count(Stage.Drain, Ending.Timeout);
            }

            return false;
        }

        await peer.WriteAsync(answer[sent..]);
        return true;
    }

    private static async Task<bool> TryReadContentAsync(PeerConnection peer, string head, RandomExchange exchange)
    {
        if (exchange.ContentLength < 0)
        {
            return true;
        }

        if (head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal))
        {
            return (await peer.ReadChunkedAsync()).EndsWith("0\r\n\r\n", StringComparison.Ordinal);
        }

        byte[] content = await peer.ReadAsync(exchange.ContentLength);
        if (content.AsSpan().ContainsAnyExcept(RandomContent.Fill))
        {
            throw new AssertionException("A request's content has become another one.");
        }

        return content.Length == exchange.ContentLength;
    }

    /// <summary>Ends its waits together, when all have come.</summary>
    private sealed class Gathering(int count)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _missing = count;

        internal Task JoinAsync()
        {
            if (Interlocked.Decrement(ref _missing) == 0)
            {
                _all.TrySetResult();
            }

            return _all.Task;
        }
    }
}
