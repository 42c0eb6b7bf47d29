using System.Runtime.InteropServices;

namespace UringHttp.Simulation;

/// <summary>
/// Pinned memory that each run on a thread uses again: to allocate it anew would have the collector look at all there is every twenty
/// runs. What it holds at first is rubbish, and the same rubbish each time, so that whoever reads it reads the same again.
/// </summary>
internal sealed class ReusedMemory : PinnedSource
{
    private const byte Rubbish = 0xA5;

    [ThreadStatic]
    private static ReusedMemory? t_ofThread;

    private readonly Dictionary<(Type Type, int Length), (List<Array> Arrays, int Taken)> _stock = [];

    /// <summary>That of the calling thread, whose last run is over.</summary>
    public static ReusedMemory OfThread()
    {
        ReusedMemory memory = t_ofThread ??= new ReusedMemory();
        foreach ((Type, int) kind in memory._stock.Keys)
        {
            memory._stock[kind] = memory._stock[kind] with { Taken = 0 };
        }

        return memory;
    }

    internal override T[] Take<T>(int length)
    {
        (List<Array> arrays, int taken) = _stock.GetValueOrDefault((typeof(T), length), ([], 0));
        if (taken == arrays.Count)
        {
            arrays.Add(base.Take<T>(length));
        }

        _stock[(typeof(T), length)] = (arrays, taken + 1);
        var array = (T[])arrays[taken];
        MemoryMarshal.AsBytes(array.AsSpan()).Fill(Rubbish);
        return array;
    }
}
