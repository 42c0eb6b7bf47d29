using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketConnectTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task A_refused_connect_says_errno_operation_and_endpoint([Values] bool onLoop)
    {
        EndPoint nobody;
        using (var listener = SocketPair.Listen())
        {
            nobody = listener.LocalEndPoint!;
        }

        await Run(onLoop, async () =>
        {
            var e = await UringSocket.ConnectAsync(Loop, nobody).AsTask().Fails<UringException>();
            Assert.Multiple(() =>
            {
                Assert.That((e.Errno, e.Operation, e.EndPoint), Is.EqualTo((111, "connect", nobody)));
                Assert.That(e.Message, Does.Contain("ECONNREFUSED (111)").And.Contain(nobody.ToString()).And.Contain("connect"));
            });
        });
    }

    [Test]
    public async Task A_unix_path_that_nobody_listens_on_says_so()
    {
        var missing = new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"uring-{Guid.NewGuid():N}"));
        var e = await UringSocket.ConnectAsync(Loop, missing).AsTask().Fails<UringException>();
        Assert.That((e.Errno, e.Message.Contains(missing.ToString())), Is.EqualTo((2, true)));
    }

    [Test]
    public async Task A_name_is_refused_with_what_is_needed([Values] bool listens)
    {
        var name = new DnsEndPoint("localhost", 80);
        var e = await Task.Run(async () =>
        {
            using var _ = listens ? (IDisposable)UringListener.Bind(Loop, name) : await UringSocket.ConnectAsync(Loop, name);
        }).Fails<NotSupportedException>();
        Assert.That(e.Message, Does.Contain("IPEndPoint").And.Contain("localhost"));
    }

    [Test]
    public async Task A_connect_that_nobody_answers_times_out([Values] bool onLoop)
    {
        using var hole = new BlackHole();
        await Run(onLoop, async () =>
        {
            var connect = UringSocket.ConnectAsync(Loop, hole.EndPoint, timeout: TimeSpan.FromMilliseconds(50)).AsTask();
            var e = await connect.Fails<TimeoutException>();
            Assert.That(e.Message, Does.Contain("connect").And.Contain(hole.EndPoint.ToString()));
        });
        await Patience.Until(() => Loop.Counters is { OpenDescriptors: 0, OperationsInFlight: 0 });
    }

    [Test]
    public async Task A_connect_that_nobody_answers_can_be_cancelled([Values] bool onLoop)
    {
        using var hole = new BlackHole();
        using var cancel = new CancellationTokenSource();
        await Run(onLoop, async () =>
        {
            var connect = UringSocket.ConnectAsync(Loop, hole.EndPoint, cancellationToken: cancel.Token).AsTask();
            await Patience.Until(() => Loop.Counters.OperationsInFlight == 1);
            await cancel.CancelAsync();
            Assert.That((await connect.Fails<OperationCanceledException>()).CancellationToken, Is.EqualTo(cancel.Token));
        });
        await Patience.Until(() => Loop.Counters is { OpenDescriptors: 0, OperationsInFlight: 0 });
    }

    [Test]
    public async Task A_connect_with_a_cancelled_token_does_not_begin()
    {
        using var listener = SocketPair.Listen();
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!, cancellationToken: cancel.Token).AsTask()
            .Fails<OperationCanceledException>();
        Assert.That(listener.Poll(0, SelectMode.SelectRead), Is.False, "nobody came");
    }

    [Test]
    public async Task A_token_that_is_cancelled_after_the_connect_does_no_harm()
    {
        using var listener = SocketPair.Listen();
        using var cancel = new CancellationTokenSource();
        var timeout = TimeSpan.FromMilliseconds(100);
        using var near = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!, null, timeout, cancel.Token);
        using var far = await listener.AcceptAsync();
        await cancel.CancelAsync();
        await Task.Delay(2 * timeout); // past the deadline of the connect, which must not be the socket's
        await near.SendAsync(new byte[] { 7 }).Soon();
        Assert.That(await far.ReceiveAsync(new byte[10]).Soon(), Is.EqualTo(1));
    }

    [TestCase(0)]
    [TestCase(-2)]
    public async Task A_timeout_that_is_none_is_refused(int milliseconds)
    {
        using var listener = SocketPair.Listen();
        await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!, timeout: TimeSpan.FromMilliseconds(milliseconds)).AsTask()
            .Fails<ArgumentOutOfRangeException>();
    }

    [Test]
    public async Task The_longest_timeout_is_as_good_as_none()
    {
        using var listener = SocketPair.Listen();
        using var near = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!, timeout: TimeSpan.MaxValue);
        near.ReceiveTimeout = TimeSpan.MaxValue;
        using var far = await listener.AcceptAsync();
        var receive = near.ReceiveAsync(new byte[1]).AsTask();
        await Patience.Until(() => Loop.Counters.OperationsInFlight == 1 || receive.IsCompleted);
        await far.SendAsync(new byte[1]);
        Assert.That(await receive.Soon(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_connect_to_a_unix_socket_waits_for_room_in_its_queue()
    {
        var local = new UnixDomainSocketEndPoint($"\0uring-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(local);
        listener.Listen(0);
        var connects = Enumerable.Range(0, 4).Select(_ => UringSocket.ConnectAsync(Loop, local).AsTask()).ToList();
        await Patience.Until(() => connects.Any(connect => connect.IsCompleted));
        foreach (var _ in connects)
        {
            using var far = await listener.AcceptAsync().Soon();
        }

        foreach (var connect in connects)
        {
            (await connect.Soon()).Dispose();
        }
    }

    [Test]
    public async Task The_settings_are_applied()
    {
        using var listener = SocketPair.Listen();
        var settings = new SocketSettings { NoDelay = false, KeepAlive = true, ReceiveBufferSize = 65_536, SendBufferSize = 131_072 };
        using var near = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!, settings);
        using var view = PlainView(near);
        Assert.Multiple(() =>
        {
            Assert.That(view.NoDelay, Is.False);
            Assert.That(view.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive), Is.Not.EqualTo(0));
            Assert.That(view.ReceiveBufferSize, Is.EqualTo(2 * 65_536), "the kernel doubles it");
            Assert.That(view.SendBufferSize, Is.EqualTo(2 * 131_072), "the kernel doubles it");
        });
        using var plain = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!);
        using var plainView = PlainView(plain);
        Assert.That(plainView.NoDelay, Is.True);
    }

    [Test]
    public async Task A_setting_that_the_kernel_refuses_leaves_no_descriptor()
    {
        using var listener = SocketPair.Listen();
        var settings = new SocketSettings { SendBufferSize = int.MinValue };
        try
        {
            (await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!, settings)).Dispose();
        }
        catch (UringException e)
        {
            Assert.That(e.Message, Does.Contain("setsockopt"));
        }
    }

    /// <summary>A second look at the same descriptor, which the socket goes on owning.</summary>
    private static Socket PlainView(UringSocket socket)
    {
        var path = Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(entry => int.Parse(Path.GetFileName(entry)))
            .Where(descriptor => IsSocketAt(descriptor, (IPEndPoint)socket.LocalEndPoint));
        return new Socket(new SafeSocketHandle(path.First(), ownsHandle: false));
    }

    private static bool IsSocketAt(int descriptor, IPEndPoint local)
    {
        try
        {
            if (new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) != true)
            {
                return false;
            }

            using var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
            return local.Equals(socket.LocalEndPoint);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }
}
