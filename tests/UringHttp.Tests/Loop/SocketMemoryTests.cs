using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>Memory that a caller lends to an operation: pinned and kept from its start to its end, and no longer.</summary>
[TestFixture(UringBackend.IoUring)]
[TestFixture(UringBackend.Epoll)]
internal sealed class SocketMemoryTests(UringBackend backend) : LoopFixture(backend)
{
    [Test]
    public async Task A_loop_that_sleeps_after_a_burst_wakes_to_give_its_memory_back()
    {
        RingFailureTests.BreakableRing? ring = null;
        using var loop = new UringLoop(
            new UringLoopOptions { Backend = Backend },
            options => ring = new RingFailureTests.BreakableRing(RingFactory.Open(options)));
        await Patience.Until(() => ring!.Timeout == -1, "it sleeps until something comes");
        await loop.RunAsync(() =>
        {
            Block[] burst = [.. Enumerable.Range(0, 100).Select(_ => loop.Core.LargeBlocks.Rent())];
            Array.ForEach(burst, block => block.Return());
            return Task.CompletedTask;
        });
        await Patience.Until(() => ring!.Timeout is > 0 and <= LoopMemory.TrimInterval);
        long taken = loop.Counters.BlockMemory;
        await Patience.Until(IsGivenBackLater, "it sleeps for good");
        Assert.That(loop.Counters.BlockMemory, Is.LessThan(taken / 5));

        bool IsGivenBackLater()
        {
            ring!.Skip(LoopMemory.TrimInterval);
            loop.Post(() => { }); // what sleeps by the true clock is woken
            return ring.Timeout == -1;
        }
    }

    /// <summary>Pinning such memory gives a bare pointer, which keeps nothing alive.</summary>
    [Test]
    public async Task Memory_that_was_pinned_before_is_kept_while_the_kernel_has_it([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        var (receive, memory) = await Begin();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(memory.IsAlive, "nobody but the kernel has it");
        pair.Far.Send([1]);
        Assert.That(await receive.Soon(), Is.EqualTo(1));
        await Patience.Until(() =>
        {
            GC.Collect();
            return !memory.IsAlive;
        });

        // On a thread whose stack the test does not share.
        Task<(Task<int>, WeakReference)> Begin() => onLoop
            ? Loop.RunAsync(() => Task.FromResult(ReceiveIntoNobodysMemory(pair.Near)))
            : Task.Run(() => ReceiveIntoNobodysMemory(pair.Near));
    }

    [Test]
    public async Task Memory_is_pinned_from_the_start_to_the_end([Values] bool onLoop)
    {
        using var pair = await SocketPair.ConnectAsync(Loop);
        using var memory = new CountedMemory();
        await Run(onLoop, async () =>
        {
            var receive = pair.Near.ReceiveAsync(memory.Memory).AsTask();
            Assert.That((memory.Pins, memory.Unpins), Is.EqualTo((1, 0)));
            pair.Far.Send([1]);
            Assert.That(await receive, Is.EqualTo(1));
            Assert.That((memory.Pins, memory.Unpins), Is.EqualTo((1, 1)));

            receive = pair.Near.ReceiveAsync(memory.Memory).AsTask();
            Assert.Throws<InvalidOperationException>(() => _ = pair.Near.ReceiveAsync(memory.Memory).AsTask());
            Assert.That(memory.Pins - memory.Unpins, Is.EqualTo(1), "the refused one has let go of it");
            pair.Near.Dispose();
            await receive.Fails<ObjectDisposedException>();
            await pair.Near.ReceiveAsync(memory.Memory).AsTask().Fails<ObjectDisposedException>();
            Assert.That(memory.Pins - memory.Unpins, Is.Zero);
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Task<int> Receive, WeakReference Memory) ReceiveIntoNobodysMemory(UringSocket socket)
    {
        var bytes = GC.AllocateArray<byte>(4096, pinned: true);
        var receive = socket.ReceiveAsync(MemoryMarshal.CreateFromPinnedArray(bytes, 0, bytes.Length)).AsTask();
        return (receive, new WeakReference(bytes));
    }
}

/// <summary>Memory that tells how often it was pinned.</summary>
internal sealed unsafe class CountedMemory : MemoryManager<byte>
{
    private readonly byte* _bytes = (byte*)NativeMemory.AllocZeroed(Length);
    private int _pins;
    private int _unpins;

    public const int Length = 4096;

    public int Pins => Volatile.Read(ref _pins);

    public int Unpins => Volatile.Read(ref _unpins);

    public override Span<byte> GetSpan() => new(_bytes, Length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        Interlocked.Increment(ref _pins);
        return new MemoryHandle(_bytes + elementIndex, default, this);
    }

    public override void Unpin() => Interlocked.Increment(ref _unpins);

    protected override void Dispose(bool disposing) => NativeMemory.Free(_bytes);
}
