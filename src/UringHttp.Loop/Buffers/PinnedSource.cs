namespace UringHttp;

/// <summary>Where a loop's pinned memory comes from: the garbage collector, who takes it back when nobody can reach it any more.</summary>
/// <remarks>
/// The simulation has another one: it makes a thousand loops a second, and pinned memory is only collected with all else.
/// </remarks>
internal class PinnedSource
{
    internal static readonly PinnedSource Collector = new();

    /// <summary>An array that never moves, whatever is in it.</summary>
    internal virtual T[] Take<T>(int length)
        where T : unmanaged => GC.AllocateUninitializedArray<T>(length, pinned: true);
}
