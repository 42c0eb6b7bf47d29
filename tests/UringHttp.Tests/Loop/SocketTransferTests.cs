using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>A socket that is only watched has no operations to receive or send with: they are the next one's that wants some.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketTransferTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task A_watched_socket_gives_its_operations_back_and_goes_on_with_others()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var watch = new Watch();
        await Loop.RunAsync(async () =>
        {
            await EchoAsync(pair);
            Assert.That(CountFree(), Is.Zero);
            pair.Near.Poll(watch);
            Assert.That(CountFree(), Is.EqualTo(2));
            await EchoAsync(pair); // its own poll sees the answer, too
            Assert.That(CountFree(), Is.Zero, "what was given back is used again");
            await Patience.Until(() => watch.IsReadable);
        }).Soon();
    }

    [Test]
    public async Task What_is_in_flight_stays()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        byte[] buffer = new byte[1];
        await Loop.RunAsync(async () =>
        {
            Task<int> receive = pair.Near.ReceiveAsync(buffer).AsTask();
            pair.Near.Poll(new Watch());
            Assert.That(CountFree(), Is.Zero);
            Assert.Throws<InvalidOperationException>(() => _ = pair.Near.ReceiveAsync(buffer).AsTask());
            pair.Far.Send([7]);
            Assert.That((await receive, buffer[0]), Is.EqualTo((1, 7)));
        }).Soon();
    }

    [Test]
    public async Task Timeouts_are_the_sockets_and_not_the_operations()
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        using var other = await SocketPair.ConnectAsync(Loop);
        pair.Near.ReceiveTimeout = TimeSpan.FromMilliseconds(1);
        pair.Near.SendTimeout = TimeSpan.FromHours(1);
        await Loop.RunAsync(async () =>
        {
            await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<TimeoutException>();
            pair.Near.Poll(new Watch());
            Task<int> receive = other.Near.ReceiveAsync(new byte[1]).AsTask();
            Assert.That(CountFree(), Is.Zero, "it has the operation that had a timeout");
            await pair.Near.ReceiveAsync(new byte[1]).AsTask().Fails<TimeoutException>();
            Assert.That(receive.IsCompleted, Is.False);
            other.Far.Send([1]);
            Assert.That(await receive, Is.EqualTo(1));
        }).Soon();
        Assert.That((pair.Near.ReceiveTimeout, pair.Near.SendTimeout), Is.EqualTo((TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1))));
    }

    [Test]
    public async Task A_socket_that_nobody_holds_is_closed_though_its_operations_live_on()
    {
        using var far = SocketPair.Listen();
        await Loop.RunAsync(() => UseAndDropAsync(far)).Soon();
        await Patience.Until(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Loop.Counters.OpenDescriptors == 0;
        });
        Assert.That(await Loop.RunAsync(() => Task.FromResult(CountFree())), Is.EqualTo(2));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task UseAndDropAsync(Socket listener)
    {
        UringSocket near = await UringSocket.ConnectAsync(Loop, listener.LocalEndPoint!);
        using Socket far = await listener.AcceptAsync();
        var pair = new SocketPair(near, far);
        await EchoAsync(pair);
        var watch = new Watch();
        near.Poll(watch);
        far.Send([1]);
        await Patience.Until(() => watch.IsReadable);
    }

    /// <summary>Each way once, by an operation: nothing is there when the receive begins.</summary>
    private static async Task EchoAsync(SocketPair pair)
    {
        Task<int> receive = pair.Near.ReceiveLaterAsync(new byte[1]).AsTask();
        await pair.Near.SendAsync(new byte[1]);
        pair.Far.Receive(new byte[1]);
        pair.Far.Send([1]);
        Assert.That(await receive, Is.EqualTo(1));
    }

    private int CountFree()
    {
        List<SocketOperation> all = [];
        while (Loop.Core.FreeOperations.TryTake(out SocketOperation? operation))
        {
            all.Add(operation);
        }

        all.ForEach(Loop.Core.FreeOperations.Return);
        return all.Count;
    }

    private sealed class Watch : SocketPoll
    {
        private bool _isReadable;

        public bool IsReadable => Volatile.Read(ref _isReadable);

        internal override void OnReadable(bool isClosing) => Volatile.Write(ref _isReadable, true);
    }
}
