using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>A ring that fails for good (the kernel lost a completion, say) ends its loop, and nobody waits for ever.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class RingFailureTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task What_is_in_flight_ends_and_the_loop_is_disposed()
    {
        BreakableRing? ring = null;
        using var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => ring = new BreakableRing(RingFactory.Open(options)));
        Exception? reported = null;
        loop.UnhandledException += (_, e) => reported = (Exception)e.ExceptionObject;
        using var pair = await SocketPair.ConnectAsync(loop);
        var listener = UringListener.Bind(loop, new IPEndPoint(IPAddress.Loopback, 0));
        var tasks = new List<Task>
        {
            pair.Near.ReceiveAsync(new byte[1]).AsTask(),
            loop.RunAsync(async () => await pair.Near.WaitReadableAsync()),
            loop.RunAsync(async () => await listener.AcceptAsync()),
            loop.RunAsync(async () =>
            {
                try
                {
                    await pair.Near.SendAsync(new byte[32 * 1024 * 1024]);
                }
                finally
                {
                    pair.Near.Dispose(); // cleaning up, as users do
                    listener.Dispose();
                }
            }),
        };
        await Patience.Until(() => loop.Counters.OperationsInFlight == 4);
        ring!.Break();
        loop.Post(() => { });
        foreach (var (number, task) in tasks.Index())
        {
            await task.Fails<ObjectDisposedException>($"operation {number}");
        }

        await Task.Run(loop.Dispose).Soon();
        Assert.Throws<ObjectDisposedException>(() => loop.Post(() => { }));
        Assert.That(reported, Is.InstanceOf<UringException>().With.Message.Contains("EBADR"));
        Assert.That(loop.Counters, Has.Property("OperationsInFlight").Zero.And.Property("OpenDescriptors").Zero);
    }

    [Test]
    public void A_ring_that_cannot_be_opened_fails_the_constructor()
    {
        var e = Assert.Throws<InvalidDataException>(
            () => new UringLoop(new UringLoopOptions { Backend = Backend }, _ => throw new InvalidDataException("mine")).Dispose())!;
        Assert.That(e.Message, Is.EqualTo("mine"));
    }

    /// <summary>The real ring until it is told to fail.</summary>
    private sealed class BreakableRing(IRing ring) : IRing
    {
        private bool _broken;

        public RingInfo Info => ring.Info;

        public long Now => ring.Now;

        public void Break() => Volatile.Write(ref _broken, true);

        public int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds)
        {
            var count = ring.Enter(submissions, out accepted, completions, timeoutNanoseconds);
            return Volatile.Read(ref _broken) ? throw new UringException(53, "ring enter") : count;
        }

        public void Wake() => ring.Wake();

        public int OpenSocket(int domain, int type, int protocol) => ring.OpenSocket(domain, type, protocol);

        public int Bind(int descriptor, ReadOnlySpan<byte> address) => ring.Bind(descriptor, address);

        public int Listen(int descriptor, int backlog) => ring.Listen(descriptor, backlog);

        public int SetOption(int descriptor, int level, int name, int value) => ring.SetOption(descriptor, level, name, value);

        public int GetLocalName(int descriptor, Span<byte> address) => ring.GetLocalName(descriptor, address);

        public int GetPeerName(int descriptor, Span<byte> address) => ring.GetPeerName(descriptor, address);

        public int ReceiveNow(int descriptor, Span<byte> destination) => ring.ReceiveNow(descriptor, destination);

        public int CloseUnused(int descriptor) => ring.CloseUnused(descriptor);

        public void Dispose() => ring.Dispose();
    }
}
