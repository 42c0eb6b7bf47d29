namespace UringHttp;

/// <summary>How the handlers of a container end with it.</summary>
public sealed class UringShutdownOptions
{
    /// <summary>
    /// How long a container that is disposed asynchronously, as hosts do it, waits for exchanges under way before it ends the loop,
    /// and with it whatever is left. New requests are refused meanwhile. Default 5 seconds. Zero: it does not wait, and neither does one
    /// that is disposed synchronously. <see cref="Timeout.InfiniteTimeSpan"/>: as long as it takes.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        bool isGood = (DrainTimeout >= TimeSpan.Zero && DrainTimeout.TotalMilliseconds <= int.MaxValue)
            || DrainTimeout == Timeout.InfiniteTimeSpan;
        if (!isGood)
        {
            throw new ArgumentOutOfRangeException(
                nameof(DrainTimeout),
                DrainTimeout,
                "UringShutdownOptions.DrainTimeout must be zero to 2,147,483,647 milliseconds, or Timeout.InfiniteTimeSpan.");
        }
    }
}
