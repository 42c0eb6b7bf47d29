using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>Bytes that go and come back, over each family, from each thread.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketEchoTests(UringBackend backend) : LoopFixture(backend)
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"uring-{Guid.NewGuid():N}");

    public enum Family
    {
        IPv4,
        IPv6,
        Unix,
        UnixAbstract,
    }

    [TearDown]
    public void DeletePath() => File.Delete(_path);

    [Test]
    public async Task Bytes_come_back([Values] Family family, [Values] bool onLoop)
    {
        RequireFamily(family);
        await Run(onLoop, async () =>
        {
            using var pair = await UringPair.ConnectAsync(Loop, LocalOf(family));
            var sent = new byte[200_000];
            new Random(1).NextBytes(sent);
            var echo = EchoAsync(pair.Server);
            var send = SendThenShutdownAsync(pair.Client, sent);
            var received = await ReceiveAllAsync(pair.Client);
            await send;
            await echo;
            Assert.That(received.AsSpan().SequenceEqual(sent));
        }).Soon();
    }

    [Test]
    public async Task Both_ends_know_their_addresses([Values] Family family)
    {
        RequireFamily(family);
        using var pair = await UringPair.ConnectAsync(Loop, LocalOf(family));
        Assert.That(pair.Client.RemoteEndPoint, Is.EqualTo(pair.Server.LocalEndPoint));
        Assert.That(pair.Server.RemoteEndPoint.ToString(), Is.EqualTo(pair.Client.LocalEndPoint.ToString()));
        Assert.That(pair.Client.Loop, Is.SameAs(Loop));
    }

    [Test]
    public async Task A_task_resumes_on_the_loop_exactly_when_it_was_called_there([Values] bool onLoop)
    {
        await Run(onLoop, async () =>
        {
            await using var listener = UringListener.Bind(Loop, new IPEndPoint(IPAddress.Loopback, 0));
            using var client = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint);
            Check("connect");
            using var server = await listener.AcceptAsync();
            Check("accept");
            await client.SendAsync(new byte[1]);
            Check("send");
            await server.WaitReadableAsync();
            Check("poll");
            await server.ReceiveAsync(Memory<byte>.Empty);
            Check("receive nothing");
            await server.ReceiveAsync(new byte[10]);
            Check("receive");
            var later = server.ReceiveAsync(new byte[10]);
            Loop.Post(() => _ = client.SendAsync(new byte[1]).AsTask());
            await later;
            Check("receive that waited");
            await client.DisposeAsync();
            Check("close");

            void Check(string after) => Assert.That(Loop.IsLoopThread, Is.EqualTo(onLoop), $"after {after}");
        }).Soon();
    }

    [Test]
    public async Task A_task_started_elsewhere_and_awaited_on_the_loop_resumes_on_the_loop()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
#pragma warning disable CA2012 // awaited once, on the loop
        var receive = pair.Near.ReceiveAsync(new byte[1]);
        var where = Loop.RunAsync(async () =>
        {
            await receive;
            return Loop.IsLoopThread;
        });
#pragma warning restore CA2012
        await Loop.RunAsync(() => Task.CompletedTask).Soon();
        await pair.Far.SendAsync(new byte[1]);
        Assert.That(await where.Soon(), Is.True);
    }

    [Test]
    public async Task Many_connections_echo_at_once([Values] bool onLoop)
    {
        await Run(onLoop, async () =>
        {
            await using var listener = UringListener.Bind(Loop, new IPEndPoint(IPAddress.Loopback, 0));
            await Task.WhenAll(Enumerable.Range(0, 100).Select(async number =>
            {
                using var client = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint);
                using var server = await listener.AcceptAsync();
                var echo = EchoAsync(server);
                var buffer = new byte[64];
                for (var i = 0; i < 20; i++)
                {
                    buffer.AsSpan().Fill((byte)(number + i));
                    await client.SendAsync(buffer);
                    for (var count = 0; count < buffer.Length;)
                    {
                        count += await client.ReceiveAsync(buffer.AsMemory(count));
                    }
                }

                client.ShutdownSend();
                await echo;
            }));
        }).Soon();
    }

    private EndPoint LocalOf(Family family) => family switch
    {
        Family.IPv4 => new IPEndPoint(IPAddress.Loopback, 0),
        Family.IPv6 => new IPEndPoint(IPAddress.IPv6Loopback, 0),
        Family.Unix => new UnixDomainSocketEndPoint(_path),
        _ => new UnixDomainSocketEndPoint($"\0uring-{Guid.NewGuid():N}"),
    };

    private static void RequireFamily(Family family)
    {
        if (family == Family.IPv6 && !Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This machine has no IPv6.");
        }
    }

    private static async Task EchoAsync(UringSocket socket)
    {
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(buffer)) > 0)
        {
            await socket.SendAsync(buffer.AsMemory(0, count));
        }

        socket.ShutdownSend();
    }

    private static async Task SendThenShutdownAsync(UringSocket socket, byte[] bytes)
    {
        await socket.SendAsync(bytes);
        socket.ShutdownSend();
    }

    private static async Task<byte[]> ReceiveAllAsync(UringSocket socket)
    {
        var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(buffer)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
