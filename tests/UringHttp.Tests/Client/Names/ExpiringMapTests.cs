using NUnit.Framework;

namespace UringHttp.Tests.Client.Names;

internal sealed class ExpiringMapTests
{
    [Test]
    public void An_entry_is_there_until_its_end()
    {
        var map = new ExpiringMap<string, int>(10);
        map.Set("a", 1, end: 100);
        Assert.That(map.TryGet("a", now: 99, out int value), Is.True);
        Assert.That(value, Is.EqualTo(1));
        Assert.That(map.TryGet("a", now: 100, out _), Is.False);
        Assert.That(map.Count, Is.Zero);
    }

    [Test]
    public void Setting_anew_replaces_value_and_end()
    {
        var map = new ExpiringMap<string, int>(1);
        map.Set("a", 1, end: 100);
        map.Set("a", 2, end: 200);
        Assert.That(map.TryGet("a", now: 150, out int value), Is.True);
        Assert.That(value, Is.EqualTo(2));
    }

    [Test]
    public void A_full_map_lets_go_of_what_would_end_first()
    {
        var map = new ExpiringMap<int, int>(3);
        map.Set(1, 0, end: 200);
        map.Set(2, 0, end: 100);
        map.Set(3, 0, end: 300);
        map.Set(4, 0, end: 50);
        Assert.That(Enumerable.Range(1, 4).Where(key => map.TryGet(key, now: 0, out _)), Is.EqualTo([1, 3, 4]));
        for (int key = 5; key < 100; key++)
        {
            map.Set(key, 0, end: 1000);
            Assert.That(map.Count, Is.EqualTo(3));
        }
    }

    [Test]
    public void A_removed_entry_is_gone()
    {
        var map = new ExpiringMap<string, int>(2);
        map.Set("a", 1, end: 100);
        map.Remove("a");
        map.Remove("never there");
        Assert.That(map.TryGet("a", now: 0, out _), Is.False);
    }
}
