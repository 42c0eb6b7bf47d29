namespace UringHttp.Soak;

/// <summary>Counts how requests have ended, by worker and ending. Any thread.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _endings = new(StringComparer.Ordinal);
    private long _ended;
    private long _sentBytes;
    private long _receivedBytes;
    private long _cancelled;
    private long _cancelledSoon;

    /// <summary>Requests that have ended, in whatever way.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>Bytes of contents in requests that were answered.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>Bytes of bodies in answers that were checked.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>Requests whose token was cancelled before they had ended.</summary>
    public long Cancelled => Interlocked.Read(ref _cancelled);

    /// <summary>Those of them that were cancelled within 100 microseconds of their start.</summary>
    public long CancelledSoon => Interlocked.Read(ref _cancelledSoon);

    public IReadOnlyDictionary<string, long> Endings
    {
        get
        {
            lock (_lock)
            {
                return new SortedDictionary<string, long>(_endings, StringComparer.Ordinal);
            }
        }
    }

    public void AddAnswered(SoakRequest request, string ending)
    {
        Interlocked.Add(ref _sentBytes, request.Sent ?? 0);
        Interlocked.Add(ref _receivedBytes, request.Received);
        Add(ending);
    }

    public void Add(string ending)
    {
        Interlocked.Increment(ref _ended);
        lock (_lock)
        {
            _endings[ending] = _endings.GetValueOrDefault(ending) + 1;
        }
    }

    public void AddCancel(bool isSoon)
    {
        Interlocked.Increment(ref _cancelled);
        if (isSoon)
        {
            Interlocked.Increment(ref _cancelledSoon);
        }
    }
}
