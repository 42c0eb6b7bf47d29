using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    public async Task What_a_ring_that_does_not_close_was_lent_is_never_given_back()
    {
        var reported = new List<Exception>();
        using var memory = new CountedMemory();
        var kept = await FailWithMemoryInFlight(memory, reported);
        Assert.Multiple(() =>
        {
            Assert.That((memory.Pins, memory.Unpins), Is.EqualTo((1, 0)), "the caller's memory stays pinned");
            Assert.That(reported, Has.Count.EqualTo(2));
            Assert.That(reported[0].Message, Does.Contain("EBADR"));
            Assert.That(reported[1], Is.InstanceOf<IOException>());
            Assert.That(reported[1].Message, Does.Contain("ETIMEDOUT").And.Contain("kept for ever").And.Contain("3 operations"));
            Assert.That(reported[1].InnerException, Is.InstanceOf<UringException>());
        });
        await Task.Yield(); // off the stack of what was awaited
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(kept.Select(reference => reference.IsAlive), Is.All.True, "nothing but the quarantine holds it");
    }

    [Test]
    public async Task A_ring_that_does_not_close_when_nothing_is_lent_is_told_and_no_more([Values] bool disposedOnLoop)
    {
        var reported = new List<Exception>();
        using var loop = NewLoop(out var ring, reported);
        ring.DoesNotClose = true;
        await loop.RunAsync(() =>
        {
            loop.Core.Blocks.Rent().Return();
            return Task.CompletedTask;
        }).Soon();
        if (disposedOnLoop)
        {
            loop.Post(loop.Dispose);
        }

        await Task.Run(loop.Dispose).Soon();
        Assert.That(reported, Has.Count.EqualTo(1));
        Assert.That(reported[0].Message, Does.Contain("ring close").And.Contain("ETIMEDOUT").And.Not.Contain("kept for ever"));
        var block = loop.Core.Blocks.Rent();
        block.Return();
        Assert.That(loop.Core.Blocks.Rent(), Is.SameAs(block), "the blocks are as good as before");
        block.Return();
    }

    [Test]
    public async Task A_ring_says_that_it_was_not_closed()
    {
        IRing? ring = null;
        using var opened = new ManualResetEventSlim();
        using var close = new ManualResetEventSlim();
        var owner = new Thread(() =>
        {
            ring = RingFactory.Open(new UringLoopOptions { Backend = Backend });
            opened.Set();
            close.Wait();
            ring.Dispose();
        });
        owner.Start();
        Assert.That(opened.Wait(Patience.Limit));
        var e = Assert.Throws<UringException>(() => ring!.Dispose(), "closed by a stranger")!;
        Assert.That((e.Errno, e.Operation), Is.EqualTo((17, "ring close")));
        close.Set();
        await Task.Run(owner.Join).Soon();
    }

    [Test]
    public void A_ring_that_cannot_be_opened_fails_the_constructor()
    {
        var e = Assert.Throws<InvalidDataException>(
            () => new UringLoop(new UringLoopOptions { Backend = Backend }, _ => throw new InvalidDataException("mine")).Dispose())!;
        Assert.That(e.Message, Is.EqualTo("mine"));
    }

    [Test]
    public void A_ring_that_was_opened_in_vain_is_closed()
    {
        var files = OpenFiles.Count();
        var e = Assert.Throws<UringException>(() => new UringLoop(new UringLoopOptions { Backend = Backend }, Open).Dispose())!;
        Assert.That(e.Operation, Is.EqualTo("ring info"));
        Assert.That(OpenFiles.Count(), Is.EqualTo(files));

        static IRing Open(UringLoopOptions options)
        {
            var ring = new BreakableRing(RingFactory.Open(options));
            ring.Break();
            return ring;
        }
    }

    [Test]
    public async Task A_close_that_a_failed_ring_never_took_is_done_all_the_same()
    {
        using var loop = NewLoop(out var ring, []);
        using var pair = await SocketPair.ConnectAsync(loop);
        ring.TakesNothing = true;
        await loop.RunAsync(async () =>
        {
            var closed = pair.Near.DisposeAsync();
            ring.Break();
            await closed;
        }).Soon();
        Assert.That(await pair.Far.ReceiveAsync(new byte[1]).Soon(), Is.Zero);
    }

    [Test]
    public async Task What_waits_for_the_end_of_the_turn_is_done_all_the_same()
    {
        using var loop = NewLoop(out var ring, []);
        var done = new TaskCompletionSource();
        loop.Core.Stopping += () => loop.Core.PostToEndOfTurn(new Item(done));
        ring.Break();
        loop.Post(() => { });
        await done.Task.Soon();
    }

    private UringLoop NewLoop(out BreakableRing ring, List<Exception> reported)
    {
        BreakableRing? made = null;
        var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => made = new BreakableRing(RingFactory.Open(options)));
        loop.UnhandledException += (_, e) => reported.Add((Exception)e.ExceptionObject);
        ring = made!;
        return loop;
    }

    /// <summary>
    /// Three receives are in flight when the ring fails and does not close: into the given memory, into an array that was allocated
    /// pinned, into a block of the loop. Gives what must outlive everything.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference[]> FailWithMemoryInFlight(CountedMemory memory, List<Exception> reported)
    {
        using var loop = NewLoop(out var ring, reported);
        ring.DoesNotClose = true;
        var array = GC.AllocateArray<byte>(4096, pinned: true);
        Block? block = null;
        using var first = await SocketPair.ConnectAsync(loop);
        using var second = await SocketPair.ConnectAsync(loop);
        using var third = await SocketPair.ConnectAsync(loop);
        var tasks = new List<Task>
        {
            first.Near.ReceiveAsync(memory.Memory).AsTask(),
            second.Near.ReceiveAsync(MemoryMarshal.CreateFromPinnedArray(array, 0, array.Length)).AsTask(),
            loop.RunAsync(async () =>
            {
                block = loop.Core.Blocks.Rent();
                block.Span.Fill(7);
                try
                {
                    await third.Near.ReceiveAsync(block.Memory);
                }
                finally
                {
                    block.Return();
                }
            }),
        };
        await Patience.Until(() => loop.Counters.OperationsInFlight == 3);
        ring.Break();
        loop.Post(() => { });
        foreach (var (number, task) in tasks.Index())
        {
            await task.Fails<ObjectDisposedException>($"operation {number}");
        }

        await Task.Run(loop.Dispose).Soon();
        Assert.That(loop.Counters.BlocksRented, Is.Zero);
        Assert.That(block!.Span.ContainsAnyExcept((byte)7), Is.False, "nobody writes into a block that was lent");
        var pool = loop.Core.Blocks;
        Assert.That(Enumerable.Range(0, 200).Select(_ => pool.Rent()), Has.None.SameAs(block), "it is not rented again");
        return [new WeakReference(array), new WeakReference(block)];
    }

    private sealed class Item(TaskCompletionSource done) : MailboxItem
    {
        internal override void Execute() => done.SetResult();
    }

    /// <summary>The real ring until it is told to fail.</summary>
    internal sealed class BreakableRing(IRing ring) : IRing
    {
        private bool _broken;
        private long _skipped;

        /// <summary>Whether closing it fails, as if the kernel would not let go.</summary>
        public bool DoesNotClose { get; set; }

        /// <summary>Whether it fails without taking what is submitted to it.</summary>
        public bool TakesNothing { get; set; }

        /// <summary>What the present enter, or the last one, was given.</summary>
        public Submission[] Submitted { get; private set; } = [];

        /// <summary>How long the present enter, or the last one, may wait.</summary>
        public long Timeout { get; private set; }

        /// <summary>Called on the loop's thread before each enter, and with true before it is closed.</summary>
        public Action<bool>? Before { get; set; }

        /// <summary>Called before a receive that does not wait, on its thread.</summary>
        public Action? BeforeReceiveNow { get; set; }

        public RingInfo Info => Volatile.Read(ref _broken) ? throw new UringException(53, "ring info") : ring.Info;

        public long Now => ring.Now + Volatile.Read(ref _skipped);

        /// <summary>Puts the loop's clock forward.</summary>
        public void Skip(long nanoseconds) => Interlocked.Add(ref _skipped, nanoseconds);

        public void Break() => Volatile.Write(ref _broken, true);

        public int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds)
        {
            Submitted = submissions.ToArray();
            Timeout = timeoutNanoseconds;
            Before?.Invoke(false);
            if (Volatile.Read(ref _broken) && TakesNothing)
            {
                accepted = 0;
                throw new UringException(53, "ring enter");
            }

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

        public int ReceiveNow(int descriptor, Span<byte> destination)
        {
            BeforeReceiveNow?.Invoke();
            return ring.ReceiveNow(descriptor, destination);
        }

        public int CloseUnused(int descriptor) => ring.CloseUnused(descriptor);

        public void Dispose()
        {
            Before?.Invoke(true);
            ring.Dispose();
            if (DoesNotClose)
            {
                throw new UringException(110, "ring close");
            }
        }
    }
}
