using NUnit.Framework;

namespace UringHttp.Tests.Loop;

internal sealed class BuffersTests
{
    private const int Ordinary = 1024;
    private const int Large = 4096;

    private BlockPool _ordinary = null!;
    private BlockPool _large = null!;

    [SetUp]
    public void MakePools()
    {
        _ordinary = new BlockPool(Ordinary, 1024 * 1024, 2 * 1024 * 1024, PinnedSource.Collector);
        _large = new BlockPool(Large, 1024 * 1024, 2 * 1024 * 1024, PinnedSource.Collector);
    }

    [TearDown]
    public void Nothing_is_rented() => Assert.That((_ordinary.Rented, _large.Rented), Is.EqualTo((0, 0)));

    [Test]
    public void Rented_blocks_do_not_overlap()
    {
        var blocks = Enumerable.Range(0, 100).Select(_ => _ordinary.Rent()).ToArray();
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Span.Fill((byte)i);
        }

        Assert.Multiple(() =>
        {
            Assert.That(blocks, Is.All.Property("Length").EqualTo(Ordinary));
            Assert.That(blocks.Index().All(block => !block.Item.Span.ContainsAnyExcept((byte)block.Index)));
            Assert.That(_ordinary.Rented, Is.EqualTo(100));
        });
        Array.ForEach(blocks, block => block.Return());
    }

    [Test]
    public void The_last_block_returned_is_the_first_rented()
    {
        var block = _ordinary.Rent();
        block.Return();
        var next = _ordinary.Rent();
        Assert.That(next, Is.SameAs(block));
        next.Return();
    }

    [Test]
    public void A_loop_that_sleeps_is_woken_until_it_has_given_a_burst_back()
    {
        const long Begin = 1_000_000;
        const long Later = Begin + LoopMemory.TrimInterval;
        var memory = new LoopMemory(new UringLoopOptions(), Begin);
        Assert.That(memory.NextTrim, Is.EqualTo(LoopTimer.Never));
        List<Block> burst = [.. Enumerable.Range(0, 100).Select(_ => memory.Large.Rent())];
        long taken = memory.TotalBytes;
        burst.ForEach(block => block.Return());
        Assert.That(memory.NextTrim, Is.EqualTo(Later));
        memory.OnTurn(Later - 1);
        memory.OnTurn(Later);
        Assert.That((memory.TotalBytes, memory.NextTrim), Is.EqualTo((taken, Later + LoopMemory.TrimInterval)), "needed a while ago");
        memory.OnTurn(Later + LoopMemory.TrimInterval);
        Assert.That(memory.TotalBytes, Is.LessThan(taken / 5));
        Assert.That(memory.NextTrim, Is.EqualTo(LoopTimer.Never), "the loop may sleep for good");
    }

    [Test]
    public void What_a_burst_has_taken_is_given_back_when_it_was_not_needed_for_a_while()
    {
        const int Slab = 1024 * 1024;
        List<Block> burst = [.. Enumerable.Range(0, 2 * Slab / Ordinary).Select(_ => _ordinary.Rent())];
        Block kept = burst[0];
        kept.Span.Fill(7);
        burst.Skip(1).ToList().ForEach(block => block.Return());
        _ordinary.Trim();
        Assert.That(_ordinary.TotalBytes, Is.EqualTo(2 * Slab), "it was needed since the last trim");
        _ordinary.Trim();
        Assert.That(_ordinary.TotalBytes, Is.EqualTo(Slab));
        Assert.That(kept.Span.ContainsAnyExcept((byte)7), Is.False, "a block that somebody has stays");
        kept.Return();
        _ordinary.Trim();
        _ordinary.Trim();
        Assert.That(_ordinary.TotalBytes, Is.EqualTo(Slab), "one slab stays");

        // All of it can be had again, each block once.
        List<Block> again = [.. Enumerable.Range(0, 2 * Slab / Ordinary).Select(_ => _ordinary.Rent())];
        Assert.That(again, Is.Unique);
        again.ForEach(block => block.Return());
    }

    [Test]
    public void A_slab_in_which_somebody_has_a_block_is_not_given_back()
    {
        const int PerSlab = 1024 * 1024 / Ordinary;
        List<Block> all = [.. Enumerable.Range(0, 2 * PerSlab).Select(_ => _ordinary.Rent())];
        Block[] held = [all[0], all[PerSlab]];
        all.Except(held).ToList().ForEach(block => block.Return());
        _ordinary.Trim();
        _ordinary.Trim();
        Assert.That(_ordinary.TotalBytes, Is.EqualTo(2 * 1024 * 1024));
        Array.ForEach(held, block => block.Return());
    }

    [Test]
    public void The_limit_names_the_option_and_the_pool_goes_on_after_it()
    {
        var blocks = Enumerable.Range(0, 2 * 1024 * 1024 / Ordinary).Select(_ => _ordinary.Rent()).ToList();
        var error = Assert.Throws<UringException>(() => _ordinary.Rent())!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Errno, Is.EqualTo(105), "ENOBUFS");
            Assert.That(error.Message, Does.Contain("ENOBUFS").And.Contain("UringLoopOptions.MaxBlockMemory").And.Contain("2097152"));
            Assert.That((_ordinary.Rented, _ordinary.TotalBytes), Is.EqualTo((blocks.Count, 2L * 1024 * 1024)));
        });
        blocks[0].Return();
        blocks[0] = _ordinary.Rent();
        blocks.ForEach(block => block.Return());
    }

    [Test]
    public void A_block_returned_twice_throws_and_is_not_rented_to_two()
    {
        var block = _ordinary.Rent();
        block.Return();
        Assert.Throws<InvalidOperationException>(block.Return);
        var (first, second) = (_ordinary.Rent(), _ordinary.Rent());
        Assert.That(first, Is.Not.SameAs(second));
        first.Return();
        second.Return();
    }

#if DEBUG
    [Test]
    public void A_returned_block_is_poisoned_in_debug()
    {
        var block = _ordinary.Rent();
        var bytes = block.Memory;
        bytes.Span.Fill(1);
        block.Return();
        Assert.That(bytes.Span.ContainsAnyExcept((byte)0xDB), Is.False);
    }
#endif

    [Test]
    public void A_received_buffer_keeps_the_bytes_through_every_growth([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var buffer = new ReceivedBuffer(_ordinary, _large);
        var model = new Queue<byte>();
        var isEnlarged = false;
        for (var step = 0; step < 2_000; step++)
        {
            switch (random.Next(8))
            {
                case < 4:
                    var asksHere = isEnlarged && random.Next(2) == 0;
                    var room = (asksHere ? buffer.GetRoomHere() : buffer.GetRoom()).Span;
                    Assert.That(room.IsEmpty, Is.False.Or.EqualTo(asksHere && buffer.Count >= Large), $"seed {seed}, step {step}");
                    room = room[..random.Next(Math.Min(room.Length, 3000) + 1)];
                    random.NextBytes(room);
                    buffer.Commit(room.Length);
                    Array.ForEach(room.ToArray(), model.Enqueue);
                    break;
                case < 6:
                    var count = random.Next(buffer.Count + 1);
                    buffer.Consume(count);
                    Enumerable.Range(0, count).ToList().ForEach(_ => model.Dequeue());
                    break;
                case 6:
                    buffer.Enlarge();
                    isEnlarged = true;
                    break;
                default:
                    if (random.Next(10) == 0)
                    {
                        buffer.Release();
                        model.Clear();
                        isEnlarged = false;
                    }

                    break;
            }

            Assert.That(buffer.Count, Is.EqualTo(model.Count));
            Assert.That(buffer.Data.SequenceEqual(model.ToArray()), $"seed {seed}, step {step}");
            Assert.That(buffer.DataMemory.Span.SequenceEqual(buffer.Data));
        }

        buffer.Release();
    }

    [Test]
    public void An_empty_received_buffer_holds_no_block_and_gives_room_only_when_asked()
    {
        var buffer = new ReceivedBuffer(_ordinary, _large);
        Assert.That((buffer.IsEmpty, buffer.GetRoomHere().Length, _ordinary.Rented), Is.EqualTo((true, 0, 0)));
        Assert.That(buffer.GetRoom().Length, Is.EqualTo(Ordinary));
        Assert.That(_ordinary.Rented, Is.EqualTo(1));
        buffer.Release();
        buffer.Release();
        Assert.That(buffer.GetRoomHere().Length, Is.Zero);
    }

    [Test]
    public void A_received_buffer_goes_on_in_a_large_block_when_most_of_the_small_one_is_consumed()
    {
        var buffer = new ReceivedBuffer(_ordinary, _large);
        buffer.GetRoom().Span.Fill(7);
        buffer.Commit(Ordinary);
        ReadOnlyMemory<byte> first = buffer.DataMemory;
        buffer.Enlarge();
        Assert.That(buffer.DataMemory, Is.EqualTo(first), "nothing is copied that is about to be consumed");
        buffer.Consume(Ordinary - 3);
        Assert.That(buffer.GetRoomHere().Length, Is.EqualTo(Large - 3));
        Assert.That(buffer.Data.ToArray(), Is.EqualTo([7, 7, 7]));
        buffer.Release();
    }

    [Test]
    public void A_received_buffer_at_the_limit_keeps_what_it_has()
    {
        var buffer = new ReceivedBuffer(_ordinary, _large);
        buffer.GetRoom().Span.Fill(7);
        buffer.Commit(Ordinary);
        var all = Enumerable.Range(0, 2 * 1024 * 1024 / Large).Select(_ => _large.Rent()).ToArray();
        Assert.Throws<UringException>(() => buffer.GetRoom());
        Assert.That(buffer.Data.ToArray(), Is.EqualTo(Enumerable.Repeat((byte)7, Ordinary)));
        Array.ForEach(all, block => block.Return());
        Assert.That(buffer.GetRoom().IsEmpty, Is.False);
        buffer.Release();
    }

    [Test]
    public void A_send_buffer_keeps_the_bytes_when_it_grows()
    {
        var buffer = new SendBuffer(_ordinary, _large);
        var expected = new List<byte>();
        buffer.Open();
        buffer.Open();
        for (var i = 0; expected.Count < 5 * Large; i++)
        {
            if (buffer.Room.IsEmpty)
            {
                buffer.Grow();
            }

            var room = buffer.Room[..Math.Min(buffer.Room.Length, 700)];
            room.Fill((byte)i);
            expected.AddRange(room.ToArray());
            buffer.Commit(room.Length);
        }

        Assert.That(buffer.Written.ToArray(), Is.EqualTo(expected));
        buffer.Clear();
        Assert.That((buffer.Count, buffer.Written.Length), Is.EqualTo((0, 0)));
        buffer.Release();
        buffer.Release();
    }
}
