namespace UringHttp;

/// <summary>The submissions that wait for the next enter, in order. Loop thread only.</summary>
internal sealed class SubmissionQueue
{
    /// <summary>
    /// The most room that is kept: what a full array of completions asks for, if a send, a receive and a poll follow on each. More is
    /// wanted only when thousands begin or fall idle at once.
    /// </summary>
    private const int Most = 4096;

    private readonly Submission[] _usual;
    private Submission[] _items;
    private int _count;

    internal SubmissionQueue(PinnedSource source) => _items = _usual = source.Take<Submission>(256);

    internal ReadOnlySpan<Submission> Pending => _items.AsSpan(0, _count);

    internal void Add(in Submission submission)
    {
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, _count * 2);
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
        else if (_count == 0 && _items.Length > Most)
        {
            _items = _usual;
        }
    }
}
