using System.Diagnostics.CodeAnalysis;

namespace UringHttp;

/// <summary>A moment on a loop's clock at which something must be done. Loop thread only.</summary>
/// <param name="onDue">Called on the loop thread when the deadline has passed; may set the timer again.</param>
internal sealed class LoopTimer(Action onDue)
{
    internal const long Never = long.MaxValue;

    /// <summary>When to call, in nanoseconds of the loop's clock; <see cref="Never"/> while not set.</summary>
    internal long Deadline { get; set; } = Never;

    /// <summary>Where the heap has filed it. True while it is in the heap: Key &lt;= Deadline.</summary>
    internal long Key { get; set; }

    /// <summary>Its place in the heap; -1 outside.</summary>
    internal int Index { get; set; } = -1;

    internal void OnDue() => onDue();

    /// <summary>A moment so much later; the last one there is where the span goes beyond it.</summary>
    internal static long Add(long moment, TimeSpan span)
    {
        double nanoseconds = span.TotalNanoseconds;
        return nanoseconds < Never - moment ? moment + (long)nanoseconds : Never - 1;
    }
}

/// <summary>
/// The timers of a loop: a binary heap. Setting a timer later, or clearing it, only writes its deadline and leaves it filed under
/// the old one; when that comes up it is filed anew. Timeouts are mostly moved and cleared, seldom met, so this is the cheap side.
/// </summary>
internal sealed class LoopTimers
{
    private LoopTimer[] _heap = new LoopTimer[16];

    /// <summary>Timers that the heap holds; cleared ones count until they come up.</summary>
    internal int Count { get; private set; }

    /// <summary>When <see cref="TryTakeDue"/> has something, or <see cref="LoopTimer.Never"/>.</summary>
    internal long NextDeadline => Count == 0 ? LoopTimer.Never : _heap[0].Key;

    internal void Set(LoopTimer timer, long deadline)
    {
        timer.Deadline = deadline;
        if (timer.Index < 0)
        {
            timer.Key = deadline;
            Add(timer);
        }
        else if (deadline < timer.Key)
        {
            timer.Key = deadline;
            SiftUp(timer, timer.Index);
        }
    }

    /// <summary>The timer will not be called. It stays filed, and is forgotten when its old deadline comes up.</summary>
    internal static void Clear(LoopTimer timer) => timer.Deadline = LoopTimer.Never;

    /// <summary>Clears a timer and lets go of it at once: for an owner that ends.</summary>
    internal void Remove(LoopTimer timer)
    {
        timer.Deadline = LoopTimer.Never;
        int index = timer.Index;
        if (index < 0)
        {
            return;
        }

        timer.Index = -1;
        LoopTimer last = _heap[--Count];
        _heap[Count] = null!;
        if (last != timer)
        {
            SiftUp(last, index);
            SiftDown(last, last.Index);
        }
    }

    /// <summary>Takes out one timer whose deadline is not after <paramref name="now"/>, files later ones anew.</summary>
    internal bool TryTakeDue(long now, [NotNullWhen(true)] out LoopTimer? due)
    {
        while (Count > 0 && _heap[0].Key <= now)
        {
            LoopTimer timer = _heap[0];
            long deadline = timer.Deadline;
            Remove(timer);
            if (deadline <= now)
            {
                due = timer;
                return true;
            }

            if (deadline != LoopTimer.Never)
            {
                Set(timer, deadline);
            }
        }

        due = null;
        return false;
    }

    private void Add(LoopTimer timer)
    {
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        SiftUp(timer, Count++);
    }

    private void SiftUp(LoopTimer timer, int index)
    {
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (_heap[parent].Key <= timer.Key)
            {
                break;
            }

            Place(_heap[parent], index);
            index = parent;
        }

        Place(timer, index);
    }

    private void SiftDown(LoopTimer timer, int index)
    {
        while (true)
        {
            int child = (index * 2) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _heap[child + 1].Key < _heap[child].Key)
            {
                child++;
            }

            if (_heap[child].Key >= timer.Key)
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(timer, index);
    }

    private void Place(LoopTimer timer, int index)
    {
        _heap[index] = timer;
        timer.Index = index;
    }
}
