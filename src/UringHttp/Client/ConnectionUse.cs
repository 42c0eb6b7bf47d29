using System.Buffers.Text;

namespace UringHttp;

/// <summary>
/// How long a connection has lived, how long it has been idle, and for how long the server said it would keep it: whether it may carry
/// another exchange. A mutable struct. Loop thread.
/// </summary>
internal struct ConnectionUse(long createdAt)
{
    /// <summary>
    /// Before the server's own limit by so much, a connection is not used any more: the server's close may be under way already.
    /// </summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(1);

    private readonly long _createdAt = createdAt;
    private TimeSpan _serverLimit = Timeout.InfiniteTimeSpan;
    private int _exchanges;

    /// <summary>Since when it is idle, in nanoseconds of the loop's clock.</summary>
    internal long IdleSince { get; private set; }

    /// <summary>True when the present exchange is not its first.</summary>
    internal readonly bool IsReused => _exchanges > 1;

    internal void OnExchange() => _exchanges++;

    internal void OnIdle(long now) => IdleSince = now;

    /// <summary>Reads what the server says of its patience: <c>Keep-Alive: timeout=5</c>, in seconds (RFC 2068 §19.7.1).</summary>
    internal void OnKeepAlive(ReadOnlySpan<byte> value)
    {
        int at = value.IndexOf("timeout="u8);
        if (at >= 0 && Utf8Parser.TryParse(value[(at + "timeout=".Length)..], out int seconds, out _) && seconds >= 0)
        {
            _serverLimit = TimeSpan.FromSeconds(seconds);
        }
    }

    /// <summary>Whether it may be kept for another exchange, or taken for one.</summary>
    internal readonly bool IsFresh(long now, TimeSpan lifetime) =>
        IsWithin(_createdAt, now, lifetime) && (_serverLimit < TimeSpan.Zero || IsWithin(IdleSince, now, _serverLimit - s_margin));

    private static bool IsWithin(long since, long now, TimeSpan limit) =>
        limit == Timeout.InfiniteTimeSpan || (limit > TimeSpan.Zero && now < LoopTimer.Add(since, limit));
}
