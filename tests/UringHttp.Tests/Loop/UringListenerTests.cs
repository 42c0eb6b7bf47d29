using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class UringListenerTests(UringBackend backend) : LoopFixture(backend)
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    [Test]
    public async Task It_tells_the_port_that_the_kernel_chose()
    {
        await using var listener = UringListener.Bind(Loop, AnyPort);
        Assert.That(((IPEndPoint)listener.LocalEndPoint).Port, Is.Positive);
    }

    [Test]
    public async Task An_address_in_use_is_an_error_that_names_it()
    {
        await using var listener = UringListener.Bind(Loop, AnyPort);
        var e = Assert.Throws<UringException>(() => UringListener.Bind(Loop, listener.LocalEndPoint).Dispose())!;
        Assert.That((e.Errno, e.EndPoint), Is.EqualTo((98, listener.LocalEndPoint)));
        Assert.That(e.Message, Does.Contain("EADDRINUSE").And.Contain(listener.LocalEndPoint.ToString()));
    }

    [Test]
    public void An_address_of_another_machine_is_an_error_that_names_it()
    {
        var e = Assert.Throws<UringException>(() => UringListener.Bind(Loop, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0)).Dispose())!;
        Assert.That((e.Errno, e.Operation), Is.EqualTo((99, "bind")));
    }

    [Test]
    public async Task A_port_can_be_shared_when_the_settings_say_so()
    {
        var settings = new SocketSettings { ReusePort = true };
        await using var first = UringListener.Bind(Loop, AnyPort, settings);
        await using var second = UringListener.Bind(Loop, first.LocalEndPoint, settings);
        Assert.That(second.LocalEndPoint, Is.EqualTo(first.LocalEndPoint));
    }

    [Test]
    public async Task Connections_come_in_the_order_they_were_made()
    {
        await using var listener = UringListener.Bind(Loop, AnyPort);
        var clients = new List<UringSocket>();
        for (var i = 0; i < 50; i++)
        {
            clients.Add(await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint));
        }

        foreach (var client in clients)
        {
            using var server = await listener.AcceptAsync().Soon();
            Assert.That(server.RemoteEndPoint, Is.EqualTo(client.LocalEndPoint));
            client.Dispose();
        }
    }

    [Test]
    public async Task Several_may_wait_and_are_served_in_order()
    {
        await using var listener = UringListener.Bind(Loop, AnyPort);
        var waiters = Enumerable.Range(0, 20).Select(_ => listener.AcceptAsync().AsTask()).ToArray();
        foreach (var waiter in waiters)
        {
            using var client = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint);
            using var server = await waiter.Soon();
            Assert.That(server.RemoteEndPoint, Is.EqualTo(client.LocalEndPoint));
        }
    }

    [Test]
    public async Task A_waiter_that_was_cancelled_takes_no_connection()
    {
        await using var listener = UringListener.Bind(Loop, AnyPort);
        using var cancel = new CancellationTokenSource();
        var first = listener.AcceptAsync(cancel.Token).AsTask();
        var second = listener.AcceptAsync().AsTask();
        await cancel.CancelAsync();
        await first.Fails<OperationCanceledException>();
        using var client = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint);
        using var server = await second.Soon();
        Assert.That(server.RemoteEndPoint, Is.EqualTo(client.LocalEndPoint));
    }

    [Test]
    public void A_backlog_below_zero_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = new SocketSettings { Backlog = -2 });

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    public async Task No_more_than_the_backlog_is_accepted_ahead_and_none_is_lost(int backlog)
    {
        await using var listener = UringListener.Bind(Loop, AnyPort, new SocketSettings { Backlog = backlog });
        var clients = new List<Socket>();
        for (var i = 0; i < (2 * backlog) + 1; i++)
        {
            clients.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            await clients[^1].ConnectAsync(listener.LocalEndPoint);
        }

        // One descriptor is the listener's; what the kernel's queue held when it was told to stop may come as well.
        await Patience.Until(() => Loop.Counters is { OperationsInFlight: 0 } && Loop.Counters.OpenDescriptors > backlog);
        Assert.That(Loop.Counters.OpenDescriptors, Is.InRange(1 + backlog, 1 + (2 * backlog) + 1));
        foreach (var client in clients)
        {
            using var server = await listener.AcceptAsync().Soon();
            Assert.That(server.RemoteEndPoint, Is.EqualTo(client.LocalEndPoint));
        }

        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public async Task Waiters_end_when_it_is_closed([Values] bool onLoop)
    {
        await Run(onLoop, async () =>
        {
            var listener = UringListener.Bind(Loop, AnyPort);
            var waiters = Enumerable.Range(0, 5).Select(_ => listener.AcceptAsync().AsTask()).ToArray();
            listener.Dispose();
            foreach (var waiter in waiters)
            {
                await waiter.Fails<ObjectDisposedException>();
            }

            await listener.AcceptAsync().AsTask().Fails<ObjectDisposedException>();
            await listener.DisposeAsync();
            listener.Dispose();
        }).Soon();
    }

    [Test]
    public async Task Connections_that_nobody_took_are_closed_with_it()
    {
        var listener = UringListener.Bind(Loop, AnyPort);
        using var client = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint);
        await Patience.Until(() => Loop.Counters.OpenDescriptors == 3);
        await listener.DisposeAsync().Soon();
        Assert.That(await client.ReceiveAsync(new byte[1]).Soon(), Is.Zero);
        await Patience.Until(() => Loop.Counters.OpenDescriptors == 1);
    }

    [Test]
    public async Task Closing_it_while_connections_come_loses_no_descriptor()
    {
        for (var i = 0; i < 100; i++)
        {
            var listener = UringListener.Bind(Loop, AnyPort);
            var clients = Enumerable.Range(0, 4).Select(async _ =>
            {
                using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await client.ConnectAsync(listener.LocalEndPoint);
                }
                catch (SocketException)
                {
                    // It was too late, or came into the queue of a listener that closed.
                }
            }).ToArray();
            using var accepted = i % 2 == 0 ? await listener.AcceptAsync().Soon() : null;
            await listener.DisposeAsync().Soon();
            await Task.WhenAll(clients).Soon();
        }

        await Patience.Until(() => Loop.Counters is { OpenDescriptors: 0, OperationsInFlight: 0 });
    }
}
