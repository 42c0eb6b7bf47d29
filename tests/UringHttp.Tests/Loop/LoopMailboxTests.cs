using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

internal sealed class LoopMailboxTests
{
    [Test]
    public void Items_come_out_oldest_first()
    {
        var mailbox = new LoopMailbox();
        var items = Enumerable.Range(0, 5).Select(number => new Item(0, number)).ToArray();
        Assert.That(items.All(item => mailbox.TryPost(item, out _)));
        Assert.That(All(mailbox.TakeAll()), Is.EqualTo(items));
        Assert.That(mailbox.TakeAll(), Is.Null);
    }

    [Test]
    public void Only_a_sleeping_loop_must_be_woken_and_only_once()
    {
        var mailbox = new LoopMailbox();
        Assert.That(Post(mailbox), Is.False, "awake");
        mailbox.OnAwake();
        Assert.That(mailbox.TakeAll(), Is.Not.Null);
        Assert.That(mailbox.TrySleep(), Is.True);
        Assert.That((Post(mailbox), Post(mailbox)), Is.EqualTo((true, false)), "asleep");
    }

    [Test]
    public void The_loop_may_not_sleep_with_work_in_the_mailbox()
    {
        var mailbox = new LoopMailbox();
        Post(mailbox);
        Assert.That(mailbox.TrySleep(), Is.False);
    }

    [Test]
    public void A_closed_mailbox_gives_what_it_has_and_takes_nothing()
    {
        var mailbox = new LoopMailbox();
        var item = new Item(0, 0);
        Assert.That(mailbox.TryPost(item, out _), Is.True);
        Assert.That(All(mailbox.Close()), Is.EqualTo([item]));
        Assert.That(mailbox.TryPost(new Item(0, 1), out var mustWake), Is.False);
        Assert.That(mustWake, Is.False);
        Assert.That(mailbox.TakeAll(), Is.Null);
        Assert.That(mailbox.TryPost(new Item(0, 2), out _), Is.False, "closed for good, also after somebody looked into it");
    }

    [Test]
    public void A_mailbox_that_is_closed_twice_has_nothing_the_second_time()
    {
        var mailbox = new LoopMailbox();
        Post(mailbox);
        Assert.That(mailbox.Close(), Is.Not.Null);
        Assert.That(mailbox.Close(), Is.Null, "its mark is no item");
    }

    [Test]
    public async Task Nothing_is_lost_between_many_producers_and_a_loop_that_sleeps()
    {
        const int Producers = 4;
        const int Each = 50_000;
        var mailbox = new LoopMailbox();
        using var wake = new SemaphoreSlim(0);
        var last = Enumerable.Repeat(-1, Producers).ToArray();
        var consumer = Task.Run(() =>
        {
            for (var taken = 0; taken < Producers * Each;)
            {
                mailbox.OnAwake();
                foreach (var item in All(mailbox.TakeAll()))
                {
                    Assert.That(item.Number, Is.EqualTo(last[item.Producer] + 1), "each producer's order");
                    last[item.Producer] = item.Number;
                    taken++;
                }

                if (taken < Producers * Each && mailbox.TrySleep())
                {
                    Assert.That(wake.Wait(Patience.Limit), "somebody must wake it");
                }
            }
        });
        var producers = Enumerable.Range(0, Producers).Select(producer => Task.Run(() =>
        {
            for (var number = 0; number < Each; number++)
            {
                if (mailbox.TryPost(new Item(producer, number), out var mustWake) && mustWake)
                {
                    wake.Release();
                }
            }
        }));
        await Task.WhenAll([consumer, .. producers]).Soon();
        Assert.That(last, Is.All.EqualTo(Each - 1));
    }

    private static bool Post(LoopMailbox mailbox)
    {
        Assert.That(mailbox.TryPost(new Item(0, 0), out var mustWake), Is.True);
        return mustWake;
    }

    private static List<Item> All(MailboxItem? first)
    {
        var items = new List<Item>();
        for (var item = first; item is not null; item = item.Next)
        {
            items.Add((Item)item);
        }

        return items;
    }

    private sealed class Item(int producer, int number) : MailboxItem
    {
        public int Producer => producer;

        public int Number => number;

        internal override void Execute()
        {
        }
    }
}
