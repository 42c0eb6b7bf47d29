using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace UringHttp.Tests.Loop;

internal sealed class SubmissionQueueTests
{
    [Test]
    public void What_the_ring_has_not_accepted_stays_in_its_order()
    {
        var queue = new SubmissionQueue(PinnedSource.Collector);
        Add(queue, 1000);
        queue.Drop(0);
        queue.Drop(400);
        Assert.That(queue.Pending.ToArray().Select(submission => submission.Token), Is.EqualTo(Enumerable.Range(400, 600)));
        queue.Drop(600);
        Assert.That(queue.Pending.Length, Is.Zero);
    }

    [TestCase(4096, false)]
    [TestCase(4097, true)]
    [TestCase(20_000, true)]
    public void The_room_of_a_burst_is_let_go_when_the_ring_has_taken_all(int burst, bool isLetGo)
    {
        var queue = new SubmissionQueue(PinnedSource.Collector);
        Add(queue, 1);
        ref Submission first = ref MemoryMarshal.GetReference(queue.Pending);
        Add(queue, burst - 1);
        queue.Drop(burst - 1);
        Assert.That(queue.Pending.Length, Is.EqualTo(1));
        Assert.That(Unsafe.AreSame(ref first, ref MemoryMarshal.GetReference(queue.Pending)), Is.False, "it needs its room");
        queue.Drop(1);
        Add(queue, 1);
        Assert.That(Unsafe.AreSame(ref first, ref MemoryMarshal.GetReference(queue.Pending)), Is.EqualTo(isLetGo));
    }

    private static void Add(SubmissionQueue queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            queue.Add(new Submission { Token = (ulong)i });
        }
    }
}
