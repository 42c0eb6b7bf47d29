using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Http1;
using UringHttp.Tests.Support;
using static UringHttp.Tests.Fuzzing.FuzzRun;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// Answers of proxies. Each opens the tunnel or fails with an error that says so; which of the two does not depend on how the bytes
/// come; what lies behind an answer of SOCKS is left for the tunnel.
/// </summary>
[TestFixture]
internal sealed class ProxyFuzzTests
{
    private static readonly string[] _connectAnswers =
    [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n",
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"a\"\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth\"\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "2\r\nno\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\n\r\n",
    ];

    private static readonly byte[][] _socksAnswers =
    [
        [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80, 72],
        [5, 2, 1, 0, 5, 0, 0, 3, 2, 97, 97, 0, 80],
        [5, 0, 5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80, 1, 2],
        [5, 255],
        [5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0],
        [0, 90, 0, 0, 0, 0, 0, 0, 9],
        [0, 91, 0, 0, 0, 0, 0, 0],
    ];

    [Test]
    public async Task Answers_to_connect() => await Task.Run(() => Run(
        2,
        random => Mutator.Mutate(Wire.Bytes(MessageGenerator.Pick(random, _connectAnswers)), random),
        (bytes, random) =>
        {
            bool whole = TryConnect(bytes, int.MaxValue).Opened;
            (bool opened, int consumed) = TryConnect(bytes, random.Next(1, 20));

            // What comes behind a good answer is an error where it is seen, and the tunnel's where it has not come yet.
            Demand(opened == whole || (opened && consumed < bytes.Length), "opened in pieces or at once, and not both");
        }));

    [Test]
    public async Task Answers_of_socks() => await Task.Run(() => Run(
        3,
        random => Mutator.Mutate(_socksAnswers[random.Next(_socksAnswers.Length)], random),
        (bytes, random) =>
        {
            string scheme = MessageGenerator.Pick(random, "socks5", "socks5", "socks4", "socks4a");
            NetworkCredential? credential = random.Next(2) == 0 ? new NetworkCredential("me", "secret") : null;
            (bool, int) whole = TrySocks(bytes, scheme, credential, int.MaxValue);
            Same(TrySocks(bytes, scheme, credential, random.Next(1, 5)), whole, "opened and consumed, in pieces and at once");
        }));

    private static (bool Opened, int Consumed) TryConnect(byte[] bytes, int piece)
    {
        Route route = NewRoute("http", new NetworkCredential("me", "secret"));
        using var tunnel = new HttpTunnel(route, route.Proxy!.Authentication, HttpLimits.Default);
        var stream = new ByteStream(bytes, piece);
        return (Try(() => tunnel.TryOpenAsync(stream, CancellationToken.None)), stream.Consumed);
    }

    private static (bool Opened, int Consumed) TrySocks(byte[] bytes, string scheme, NetworkCredential? credential, int piece)
    {
        var stream = new ByteStream(bytes, piece);
        bool isOpen = Try(async () =>
        {
            await SocksTunnel.OpenAsync(stream, NewRoute(scheme, credential), credential, CancellationToken.None);
            return true;
        });
        return (isOpen, isOpen ? stream.Consumed : 0);
    }

    /// <summary>Nothing waits here but for the thread pool: the bytes are all there.</summary>
    private static bool Try(Func<Task<bool>> open)
    {
        try
        {
            return open().GetAwaiter().GetResult();
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ProxyTunnelError)
        {
            return false;
        }
        catch (EndOfStreamException)
        {
            return false;
        }
    }

    private static Route NewRoute(string scheme, NetworkCredential? credential)
    {
        var proxy = new WebProxy($"{scheme}://127.0.0.1:1080") { Credentials = credential };
        var origin = new Origin(IsSecure: true, "127.0.0.2", 443, NeedsTunnel: true);
        return new Route(origin, new ChosenProxy(proxy.Address!, ProxyRules.Of(proxy)));
    }
}
