using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Where the fields of one section stand: offsets into the bytes of a head or of trailers, and nothing of the bytes themselves.
/// </summary>
/// <remarks>
/// Made once for a connection and filled again by each message; it grows when a message has more fields than any before it, and
/// allocates at no other time. Read it through a <see cref="HeaderView"/>. Belongs to one thread at a time.
/// </remarks>
public sealed class HeaderList
{
    private Entry[] _entries;
    private int _count;

    // Bit n is set exactly while a field with the KnownHeader n is in the list.
    private ulong _known;

    /// <summary>An empty list.</summary>
    /// <param name="capacity">How many fields fit before it grows. Default: 16.</param>
    public HeaderList(int capacity = 16)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _entries = new Entry[capacity];
    }

    /// <summary>How many fields there are.</summary>
    public int Count => _count;

    internal ref readonly Entry this[int index] => ref _entries.AsSpan(0, _count)[index];

    /// <summary>Forgets all fields, and keeps the room for them.</summary>
    public void Clear()
    {
        _count = 0;
        _known = 0;
    }

    /// <summary>Takes over what another list has, in place of its own.</summary>
    internal void CopyFrom(HeaderList other)
    {
        if (_entries.Length < other._count)
        {
            _entries = new Entry[other._entries.Length];
        }

        other._entries.AsSpan(0, other._count).CopyTo(_entries);
        _count = other._count;
        _known = other._known;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(int nameStart, int nameLength, int valueStart, int valueLength, KnownHeader known)
    {
        var index = _count;
        var entries = _entries;
        if ((uint)index >= (uint)entries.Length)
        {
            entries = Grow();
        }

        ref var entry = ref entries[index];
        entry.NameStart = nameStart;
        entry.NameLength = nameLength;
        entry.ValueStart = valueStart;
        entry.ValueLength = valueLength;
        entry.Known = known;
        _known |= 1UL << (int)known;
        _count = index + 1;
    }

    /// <summary>The index of the first field with this id, at <paramref name="from"/> or after; -1 when there is none.</summary>
    internal int IndexOf(KnownHeader known, int from = 0)
    {
        if ((_known & (1UL << (int)known)) == 0)
        {
            return -1;
        }

        for (var index = from; index < _count; index++)
        {
            if (_entries[index].Known == known)
            {
                return index;
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry[] Grow()
    {
        Array.Resize(ref _entries, Math.Max(8, _entries.Length * 2));
        return _entries;
    }

    /// <summary>One field: offsets and lengths in bytes, counted from the start of the section.</summary>
    internal struct Entry
    {
        public int NameStart;
        public int NameLength;
        public int ValueStart;
        public int ValueLength;
        public KnownHeader Known;
    }
}
