namespace UringHttp;

/// <summary>The fields of one section: its bytes, seen through the <see cref="HeaderList"/> that a parser filled.</summary>
/// <remarks>Valid as long as the bytes stay where they are and the list is not used for another message. Allocates nothing.</remarks>
public readonly ref struct HeaderView
{
    private readonly ReadOnlySpan<byte> _section;
    private readonly HeaderList _fields;

    /// <summary>Joins bytes and offsets.</summary>
    /// <param name="section">The bytes the parser was given, from the same first byte on.</param>
    /// <param name="fields">The list it filled.</param>
    public HeaderView(ReadOnlySpan<byte> section, HeaderList fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _section = section;
        _fields = fields;
    }

    /// <summary>How many fields there are. Fields with the same name count each.</summary>
    public int Count => _fields.Count;

    /// <summary>The field at a place in the order of arrival.</summary>
    public HeaderField this[int index]
    {
        get
        {
            ref readonly var entry = ref _fields[index];
            return new HeaderField(
                _section.Slice(entry.NameStart, entry.NameLength), _section.Slice(entry.ValueStart, entry.ValueLength), entry.Known);
        }
    }

    /// <summary>Finds the first field with this id.</summary>
    public bool TryGet(KnownHeader known, out ReadOnlySpan<byte> value) => TryGetAt(_fields.IndexOf(known), out value);

    /// <summary>Finds the first field with this name, in any case.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => TryGetAt(IndexOf(name), out value);

    /// <summary>True if there is a field with this id.</summary>
    public bool Contains(KnownHeader known) => _fields.IndexOf(known) >= 0;

    /// <summary>The index of the first field with this id, at <paramref name="from"/> or after; -1 when there is none.</summary>
    public int IndexOf(KnownHeader known, int from = 0) => _fields.IndexOf(known, from);

    /// <summary>The index of the first field with this name, in any case, from <paramref name="from"/> on; -1 without one.</summary>
    public int IndexOf(ReadOnlySpan<byte> name, int from = 0)
    {
        var known = KnownHeaders.Find(name);
        if (known != KnownHeader.None)
        {
            return _fields.IndexOf(known, from);
        }

        for (var index = from; index < _fields.Count; index++)
        {
            ref readonly var entry = ref _fields[index];
            if (entry.NameLength == name.Length && Tokens.EqualsIgnoreCase(_section.Slice(entry.NameStart, entry.NameLength), name))
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>Walks the fields in the order of arrival.</summary>
    public Enumerator GetEnumerator() => new(this);

    private bool TryGetAt(int index, out ReadOnlySpan<byte> value)
    {
        if (index < 0)
        {
            value = default;
            return false;
        }

        value = this[index].Value;
        return true;
    }

    /// <summary>Walks the fields of a <see cref="HeaderView"/>.</summary>
    public ref struct Enumerator
    {
        private readonly HeaderView _view;
        private int _index;

        internal Enumerator(HeaderView view)
        {
            _view = view;
            _index = -1;
        }

        /// <summary>The field the walk stands at.</summary>
        public readonly HeaderField Current => _view[_index];

        /// <summary>Goes to the next field.</summary>
        /// <returns>False after the last one.</returns>
        public bool MoveNext() => ++_index < _view.Count;
    }
}
