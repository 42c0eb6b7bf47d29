namespace UringHttp;

/// <summary>
/// The operations in flight, by token. A token is a generation and a slot; the generation counts how often the slot was used, so a
/// completion that comes for an earlier user of the slot finds nothing. Loop thread only.
/// </summary>
internal sealed class OperationTable
{
    private const int NoSlot = -1;

    private Slot[] _slots = new Slot[256];
    private int _used;
    private int _firstFree = NoSlot;

    private struct Slot
    {
        internal Operation? Operation;
        internal uint Generation;
        internal int NextFree;
    }

    /// <summary>Operations in flight.</summary>
    internal int Count { get; private set; }

    /// <summary>Gives the operation a slot and a token. Generations start at 1, so no token is 0.</summary>
    internal ulong Add(Operation operation)
    {
        int index = _firstFree;
        if (index != NoSlot)
        {
            _firstFree = _slots[index].NextFree;
        }
        else
        {
            index = _used++;
            if (index == _slots.Length)
            {
                Array.Resize(ref _slots, index * 2);
            }
        }

        ref Slot slot = ref _slots[index];
        slot.Operation = operation;
        if (++slot.Generation == 0)
        {
            slot.Generation = 1;
        }

        Count++;
        return operation.Token = ((ulong)slot.Generation << 32) | (uint)index;
    }

    /// <summary>The operation that the token names; null when it is no longer in flight.</summary>
    internal Operation? Find(ulong token)
    {
        uint index = (uint)token;
        return index < (uint)_used && _slots[index].Generation == (uint)(token >> 32) ? _slots[index].Operation : null;
    }

    /// <summary>Ends the token of an operation in flight.</summary>
    internal void Remove(Operation operation)
    {
        int index = (int)(uint)operation.Token;
        ref Slot slot = ref _slots[index];
        slot.Operation = null;
        slot.NextFree = _firstFree;
        _firstFree = index;
        operation.Token = 0;
        Count--;
    }

    /// <summary>Removes some operation; null when there is none.</summary>
    internal Operation? TakeAny()
    {
        for (int i = 0; i < _used && Count > 0; i++)
        {
            if (_slots[i].Operation is { } operation)
            {
                Remove(operation);
                return operation;
            }
        }

        return null;
    }

    /// <summary>Calls <see cref="Operation.OnLoopStopping"/> on each.</summary>
    internal void StopAll()
    {
        for (int i = 0; i < _used; i++)
        {
            _slots[i].Operation?.OnLoopStopping();
        }
    }

    /// <summary>Calls <see cref="Operation.KeepMemory"/> on each.</summary>
    internal void KeepAllMemory()
    {
        for (int i = 0; i < _used; i++)
        {
            _slots[i].Operation?.KeepMemory();
        }
    }
}
