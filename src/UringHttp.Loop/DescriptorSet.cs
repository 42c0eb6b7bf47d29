using System.Numerics;

namespace UringHttp;

/// <summary>
/// The descriptors that are a loop's, a bit for each number: the kernel gives the lowest that is free, so they are dense. Loop thread
/// only, but for <see cref="Count"/>.
/// </summary>
internal sealed class DescriptorSet
{
    private ulong[] _words = new ulong[16];

    internal int Count { get; private set; }

    internal void Add(int descriptor)
    {
        int word = WordOf(descriptor);
        if (word >= _words.Length)
        {
            Array.Resize(ref _words, Math.Max(word + 1, _words.Length * 2));
        }

        Count += (_words[word] & BitOf(descriptor)) == 0 ? 1 : 0;
        _words[word] |= BitOf(descriptor);
    }

    /// <summary>Takes one out; false when it is not in.</summary>
    internal bool Remove(int descriptor)
    {
        int word = WordOf(descriptor);
        if (word >= _words.Length || (_words[word] & BitOf(descriptor)) == 0)
        {
            return false;
        }

        _words[word] &= ~BitOf(descriptor);
        Count--;
        return true;
    }

    internal int[] ToArray()
    {
        int[] all = new int[Count];
        int found = 0;
        for (int word = 0; word < _words.Length; word++)
        {
            for (ulong left = _words[word]; left != 0; left &= left - 1)
            {
                all[found++] = (word * 64) + BitOperations.TrailingZeroCount(left);
            }
        }

        return all;
    }

    internal void Clear()
    {
        Array.Clear(_words);
        Count = 0;
    }

    private static int WordOf(int descriptor) => descriptor >> 6;

    /// <summary>A shift goes by the lowest six bits of its count.</summary>
    private static ulong BitOf(int descriptor) => 1UL << descriptor;
}
