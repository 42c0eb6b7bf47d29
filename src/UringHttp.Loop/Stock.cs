using System.Diagnostics.CodeAnalysis;

namespace UringHttp;

/// <summary>
/// Things that nobody uses, kept for another use. Last returned is first taken, so that a few, which stay in the cache, serve all.
/// One thread.
/// </summary>
/// <param name="most">So many are kept; what a burst has needed beyond is let go.</param>
internal sealed class Stock<T>(int most)
    where T : class
{
    private readonly Stack<T> _items = new();

    internal bool TryTake([NotNullWhen(true)] out T? item) => _items.TryPop(out item);

    internal void Return(T item)
    {
        if (_items.Count < most)
        {
            _items.Push(item);
        }
    }
}
