using NUnit.Framework;
using UringHttp.Soak;

namespace UringHttp.Tests.Soak;

/// <summary>What the soak takes for right and wrong stands on this sum.</summary>
internal sealed class ChecksumTests
{
    [Test]
    public void Pieces_make_no_difference()
    {
        byte[] bytes = new SeededBody(7, 100).ToArray();
        string whole = Sum(bytes);
        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second++)
            {
                Assert.That(Sum(bytes[..first], bytes[first..second], bytes[second..]), Is.EqualTo(whole), $"cut at {first} and {second}");
            }
        }
    }

    [Test]
    public void Each_changed_lost_added_or_moved_byte_shows()
    {
        byte[] bytes = [.. Enumerable.Range(1, 40).Select(i => (byte)i)];
        var sums = new HashSet<string> { Sum(bytes) };
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            Assert.That(sums.Add(Sum(changed)), $"changed at {at}");
            Assert.That(sums.Add(Sum([.. bytes[..at], 0, .. bytes[at..]])), $"added at {at}");
            Assert.That(sums.Add(Sum([.. bytes[..at], .. bytes[(at + 1)..]])), $"lost at {at}");
        }

        Assert.That(sums.Add(Sum([.. bytes[8..16], .. bytes[..8], .. bytes[16..]])), "two words in the other order");
        Assert.That(sums.Add(Sum([.. bytes, 0])), "a zero at the end");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(1_000_003)]
    public void A_body_is_the_same_in_runs_and_as_a_whole(long length)
    {
        var body = new SeededBody(int.MaxValue, length);
        Assert.That(body.Checksum.ToString(), Is.EqualTo(Sum(body.ToArray())));
        Assert.That(body.Checksum.Length, Is.EqualTo(length));
    }

    [Test]
    public void A_long_body_goes_on_behind_4_GiB()
    {
        const long FourGibi = 4L * 1024 * 1024 * 1024;
        var body = new SeededBody(-5, FourGibi + 3);
        Assert.That(body.RunAt(FourGibi).Length, Is.EqualTo(3));
    }

    private static string Sum(params byte[][] pieces)
    {
        var sum = new Checksum();
        foreach (byte[] piece in pieces)
        {
            sum.Add(piece);
        }

        return sum.ToString();
    }
}
