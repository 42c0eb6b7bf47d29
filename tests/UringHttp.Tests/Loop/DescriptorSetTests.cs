using NUnit.Framework;

namespace UringHttp.Tests.Loop;

internal sealed class DescriptorSetTests
{
    [Test]
    public void It_has_what_was_added_and_not_taken_out()
    {
        var random = new Random(1);
        var set = new DescriptorSet();
        var expected = new SortedSet<int>();
        for (int i = 0; i < 10_000; i++)
        {
            int descriptor = random.Next(3000);
            if (random.Next(2) == 0)
            {
                set.Add(descriptor); // some of them again
                expected.Add(descriptor);
            }
            else
            {
                Assert.That(set.Remove(descriptor), Is.EqualTo(expected.Remove(descriptor)));
            }

            Assert.That(set.Count, Is.EqualTo(expected.Count));
        }

        Assert.That(set.ToArray(), Is.EqualTo(expected));
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(1_048_575)]
    public void Any_number_may_be_the_first(int descriptor)
    {
        var set = new DescriptorSet();
        Assert.That(set.Remove(descriptor), Is.False);
        set.Add(descriptor);
        Assert.That(set.ToArray(), Is.EqualTo([descriptor]));
        Assert.That(set.Remove(descriptor));
        Assert.That((set.Count, set.Remove(descriptor)), Is.EqualTo((0, false)));
    }

    [Test]
    public void Nothing_is_left_when_it_is_cleared()
    {
        var set = new DescriptorSet();
        set.Add(3);
        set.Add(200);
        set.Clear();
        Assert.That((set.Count, set.ToArray().Length, set.Remove(200)), Is.EqualTo((0, 0, false)));
    }
}
