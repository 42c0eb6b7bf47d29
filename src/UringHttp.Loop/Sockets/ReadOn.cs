namespace UringHttp;

/// <summary>
/// Reads a connection on while it has more. A receive that left bytes behind is followed by receives that are tried at once: what
/// one of them brings is used while it is in the cache, instead of after all other connections have had their turn. How many may
/// follow is limited, so that no connection keeps the loop to itself. For whoever has the receive.
/// </summary>
/// <remarks>
/// Each try costs a system call of its own, which batching would save. Against the copy of a long body that is nothing; a short
/// answer never leaves bytes behind, and never comes here.
/// </remarks>
internal struct ReadOn
{
    /// <summary>Receives that may follow one: a megabyte in usual blocks.</summary>
    private const int Most = 16;

    private int _left;

    /// <summary>True when there are more bytes, as far as is known: on the loop, a receive should be tried at once.</summary>
    internal readonly bool IsDue => _left > 0;

    /// <summary>A receive has come through the ring.</summary>
    internal void OnCompletion(CompletionFlags flags) => _left = (flags & CompletionFlags.NonEmpty) != 0 ? Most : 0;

    /// <summary>A receive was tried at once. Bytes that do not fill their buffer were the last ones.</summary>
    internal void OnTried(int result, int wanted) => _left = result == wanted ? _left - 1 : 0;

    /// <summary>As <see cref="OnTried"/>, on another thread than the loop's, where nobody is held up.</summary>
    internal void OnTriedBeside(int result, int wanted) => _left = result == wanted ? Most : 0;
}
