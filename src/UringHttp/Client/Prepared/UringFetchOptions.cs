namespace UringHttp;

/// <summary>How many URIs are fetched at once, and how much of each. Read once, by the call.</summary>
public sealed class UringFetchOptions
{
    /// <summary>
    /// The most requests under way, which is also the most bodies in memory: a result that its user has not finished with counts.
    /// Default 16.
    /// </summary>
    public int MaxInFlight { get; set; } = 16;

    /// <summary>The longest body, in bytes, that is taken into memory; a longer one is a failure. Default 1 GiB (1,073,741,824).</summary>
    public int MaxBodyLength { get; set; } = 1024 * 1024 * 1024;

    internal UringFetchOptions Validated()
    {
        if (MaxInFlight < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(MaxInFlight), MaxInFlight, "UringFetchOptions.MaxInFlight must be at least 1.");
        }

        if (MaxBodyLength < 0 || MaxBodyLength > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxBodyLength), MaxBodyLength, $"UringFetchOptions.MaxBodyLength must be 0 to {Array.MaxLength} bytes.");
        }

        return (UringFetchOptions)MemberwiseClone();
    }
}
