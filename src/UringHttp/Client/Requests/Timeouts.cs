namespace UringHttp;

/// <summary>What a span may be that limits something.</summary>
internal static class Timeouts
{
    internal const string Rule = "must be greater than zero and at most 2,147,483,647 milliseconds, or Timeout.InfiniteTimeSpan";

    internal static bool IsValid(TimeSpan timeout) =>
        (timeout > TimeSpan.Zero && timeout.TotalMilliseconds <= int.MaxValue) || timeout == Timeout.InfiniteTimeSpan;

    /// <summary>What a request says, or what is there already.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It says what cannot be.</exception>
    internal static TimeSpan Get(HttpRequestOptions own, HttpRequestOptionsKey<TimeSpan> key, TimeSpan otherwise)
    {
        if (!own.TryGetValue(key, out TimeSpan timeout))
        {
            return otherwise;
        }

        return IsValid(timeout) ? timeout : throw new ArgumentOutOfRangeException(
            nameof(own), timeout, $"The request's option {key.Key} {Rule}.");
    }
}
