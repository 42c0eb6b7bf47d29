using System.ComponentModel;
using System.Runtime.InteropServices;

namespace UringHttp.Compare;

/// <summary>The cores that a thread may run on. What a thread starts, inherits it.</summary>
internal static partial class CpuAffinity
{
    private const int MostCores = 1024;
    private const int BitsPerWord = 64;

    /// <summary>The cores that the calling thread may use, lowest first.</summary>
    public static IReadOnlyList<int> AllowedCores()
    {
        ulong[] mask = Get();
        return [.. Enumerable.Range(0, MostCores).Where(core => (mask[core / BitsPerWord] >> (core % BitsPerWord) & 1) != 0)];
    }

    /// <summary>Runs something with the calling thread pinned to a core, or as it is for null.</summary>
    public static T RunOn<T>(int? core, Func<T> action)
    {
        if (core is not { } number)
        {
            return action();
        }

        ulong[] previous = Get();
        ulong[] mask = new ulong[MostCores / BitsPerWord];
        mask[number / BitsPerWord] = 1UL << (number % BitsPerWord);
        Set(mask);
        try
        {
            return action();
        }
        finally
        {
            Set(previous);
        }
    }

    private static ulong[] Get()
    {
        ulong[] mask = new ulong[MostCores / BitsPerWord];
        return sched_getaffinity(0, MostCores / 8, mask) == 0 ? mask : throw NewError("sched_getaffinity");
    }

    private static void Set(ulong[] mask)
    {
        if (sched_setaffinity(0, MostCores / 8, mask) != 0)
        {
            throw NewError("sched_setaffinity");
        }
    }

    private static Win32Exception NewError(string call) =>
        new(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_getaffinity(int thread, nuint size, [In, Out] ulong[] mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int thread, nuint size, [In] ulong[] mask);
}
