namespace UringHttp;

/// <summary>A first-in, first-out list of items, linked through the items. One thread.</summary>
internal struct ItemList
{
    private MailboxItem? _first;
    private MailboxItem? _last;

    internal readonly bool IsEmpty => _first is null;

    internal void Add(MailboxItem item)
    {
        item.Next = null;
        if (_last is null)
        {
            _first = item;
        }
        else
        {
            _last.Next = item;
        }

        _last = item;
    }

    internal MailboxItem? TakeAll()
    {
        MailboxItem? first = _first;
        _first = _last = null;
        return first;
    }
}
