using System.Diagnostics;

namespace UringHttp.Compare;

/// <summary>What the workers of a round share: when to stop, and the counts. Any thread.</summary>
internal sealed class Round : IRequestStarts
{
    private static readonly double s_nanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly long _begunAt = Stopwatch.GetTimestamp();
    private readonly long _endsAt;
    private readonly long _mostRequests;
    private long _started;
    private long _finished;
    private long _bodyBytes;
    private long _comparedBytes;
    private int _errors;
    private string? _firstError;

    public Round(RoundLimit limit)
    {
        _endsAt = limit.Seconds > 0 ? _begunAt + (long)(limit.Seconds * Stopwatch.Frequency) : long.MaxValue;
        _mostRequests = limit.Requests > 0 ? limit.Requests : long.MaxValue;
    }

    public LatencyHistogram Latency { get; } = new();

    public long Finished => _finished;

    public long BodyBytes => _bodyBytes;

    public long ComparedBytes => _comparedBytes;

    public int Errors => _errors;

    public string? FirstError => _firstError;

    /// <summary>False when the worker is to end: the limit is reached, or another worker has failed.</summary>
    public bool TryStart(out long startedAt)
    {
        startedAt = Stopwatch.GetTimestamp();
        return startedAt < _endsAt && Volatile.Read(ref _errors) == 0 && Interlocked.Increment(ref _started) <= _mostRequests;
    }

    /// <summary>When the request of this number is to start at a fixed rate. False when the round is over by then.</summary>
    public bool TryStartAt(long index, int requestsPerSecond, out long dueAt)
    {
        dueAt = _begunAt + (index * Stopwatch.Frequency / requestsPerSecond);
        return dueAt < _endsAt && Volatile.Read(ref _errors) == 0 && index < _mostRequests;
    }

    public void Finish(long startedAt, long bodyBytes, long comparedBytes)
    {
        Latency.Record((long)((Stopwatch.GetTimestamp() - startedAt) * s_nanosecondsPerTick));
        Interlocked.Increment(ref _finished);
        Interlocked.Add(ref _bodyBytes, bodyBytes);
        Interlocked.Add(ref _comparedBytes, comparedBytes);
    }

    public void Fail(Exception error)
    {
        if (Interlocked.Increment(ref _errors) == 1)
        {
            _firstError = error.ToString();
        }
    }
}
