using NUnit.Framework;

namespace UringHttp.Tests.Loop;

internal sealed class LoopTimersTests
{
    [Test]
    public void A_timer_is_due_at_its_deadline_and_not_before()
    {
        var timers = new LoopTimers();
        var timer = new LoopTimer(() => { });
        timers.Set(timer, 100);
        Assert.That(timers.NextDeadline, Is.EqualTo(100));
        Assert.That(timers.TryTakeDue(99, out _), Is.False);
        Assert.That(timers.TryTakeDue(100, out var due) ? due : null, Is.SameAs(timer));
        Assert.That(timers.TryTakeDue(long.MaxValue - 1, out _), Is.False, "once");
    }

    [Test]
    public void A_cleared_timer_is_never_due_and_can_be_set_again()
    {
        var timers = new LoopTimers();
        var timer = new LoopTimer(() => { });
        timers.Set(timer, 100);
        LoopTimers.Clear(timer);
        Assert.That(timers.TryTakeDue(1000, out _), Is.False);
        Assert.That((timers.Count, timers.NextDeadline), Is.EqualTo((0, LoopTimer.Never)), "forgotten when its old deadline came up");
        timers.Set(timer, 2000);
        Assert.That(timers.TryTakeDue(2000, out _), Is.True);
    }

    [Test]
    public void A_removed_timer_is_let_go_of_at_once()
    {
        var timers = new LoopTimers();
        var (first, second) = (new LoopTimer(() => { }), new LoopTimer(() => { }));
        timers.Set(first, 1);
        timers.Set(second, 2);
        timers.Remove(first);
        timers.Remove(first);
        Assert.That((timers.Count, timers.NextDeadline), Is.EqualTo((1, 2L)));
        timers.Remove(second);
        Assert.That((timers.Count, timers.NextDeadline), Is.EqualTo((0, LoopTimer.Never)));
    }

    [Test]
    public void A_timer_that_sets_itself_again_is_due_again()
    {
        var timers = new LoopTimers();
        var calls = 0;
        LoopTimer timer = null!;
        timer = new LoopTimer(() => timers.Set(timer, ++calls * 10));
        timers.Set(timer, 0);
        for (var now = 0; now < 100; now++)
        {
            while (timers.TryTakeDue(now, out var due))
            {
                due.OnDue();
            }
        }

        Assert.That(calls, Is.EqualTo(10));
    }

    [Test]
    public void Random_use_agrees_with_a_list([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var timers = new LoopTimers();
        var all = Enumerable.Range(0, 200).Select(_ => new LoopTimer(() => { })).ToArray();
        var model = new Dictionary<LoopTimer, long>();
        var now = 0L;
        for (var step = 0; step < 5_000; step++)
        {
            var timer = all[random.Next(all.Length)];
            switch (random.Next(10))
            {
                case < 5:
                    timers.Set(timer, model[timer] = now + random.Next(-20, 1000));
                    break;
                case < 7:
                    LoopTimers.Clear(timer);
                    model.Remove(timer);
                    break;
                case < 8:
                    timers.Remove(timer);
                    model.Remove(timer);
                    break;
                default:
                    now += random.Next(50);
                    var expected = model.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToArray();
                    var taken = new List<LoopTimer>();
                    while (timers.TryTakeDue(now, out var due))
                    {
                        taken.Add(due);
                        model.Remove(due);
                    }

                    Assert.That(taken, Is.EquivalentTo(expected), $"seed {seed}, step {step}");
                    break;
            }

            var earliest = model.Count == 0 ? LoopTimer.Never : model.Values.Min();
            var sleepsTooLong = timers.NextDeadline > earliest || timers.Count < model.Count;
            Assert.That(sleepsTooLong, Is.False, $"seed {seed}, step {step}: it would sleep too long");
        }
    }
}
