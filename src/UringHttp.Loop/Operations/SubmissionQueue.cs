namespace UringHttp;

/// <summary>The submissions that wait for the next enter, in order. Loop thread only.</summary>
internal sealed class SubmissionQueue(PinnedSource source)
{
    private Submission[] _items = source.Take<Submission>(256);
    private int _count;

    internal ReadOnlySpan<Submission> Pending => _items.AsSpan(0, _count);

    internal void Add(in Submission submission)
    {
        if (_count == _items.Length)
        {
            Submission[] larger = source.Take<Submission>(_count * 2);
            _items.CopyTo(larger, 0);
            _items = larger;
        }

        _items[_count++] = submission;
    }

    /// <summary>Forgets the first ones, which the ring has accepted.</summary>
    internal void Drop(int accepted)
    {
        _count -= accepted;
        if (_count > 0 && accepted > 0)
        {
            Array.Copy(_items, accepted, _items, 0, _count);
        }
    }
}
