namespace UringHttp;

/// <summary>
/// Memory that the kernel may go on touching, though the ring that lent it is gone: it is kept for ever, pinned as it is. Costs what it
/// holds; giving it back could cost any other object its content.
/// </summary>
internal static class Quarantine
{
    private static readonly List<object> Kept = [];

    internal static void Keep(object memory)
    {
        lock (Kept)
        {
            Kept.Add(memory);
        }
    }
}
