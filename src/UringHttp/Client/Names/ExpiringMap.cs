using System.Diagnostics.CodeAnalysis;

namespace UringHttp;

/// <summary>
/// A dictionary whose entries end at a moment, and which never holds more than so many: past that the one that would end first goes.
/// Has no clock of its own. One thread.
/// </summary>
/// <param name="capacity">The most entries, ended ones included.</param>
internal sealed class ExpiringMap<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, (TValue Value, long End)> _entries = [];

    internal int Count => _entries.Count;

    /// <summary>The value, when there is one that has not ended by now.</summary>
    internal bool TryGet(TKey key, long now, [MaybeNullWhen(false)] out TValue value)
    {
        if (_entries.TryGetValue(key, out (TValue Value, long End) entry))
        {
            if (entry.End > now)
            {
                value = entry.Value;
                return true;
            }

            _entries.Remove(key);
        }

        value = default;
        return false;
    }

    /// <summary>Keeps a value until a moment, in place of the one that is kept under the key.</summary>
    internal void Set(TKey key, TValue value, long end)
    {
        if (_entries.Count >= capacity && !_entries.ContainsKey(key))
        {
            _entries.Remove(_entries.MinBy(entry => entry.Value.End).Key);
        }

        _entries[key] = (value, end);
    }

    internal void Remove(TKey key) => _entries.Remove(key);
}
