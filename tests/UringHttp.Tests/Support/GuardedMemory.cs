using System.ComponentModel;
using System.Runtime.InteropServices;

namespace UringHttp.Tests.Support;

/// <summary>
/// Memory with a page without access on either side: whoever reads one byte too far, or one too early, ends the test run with a
/// segmentation fault at the very instruction.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int NoAccess = 0;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly int _page = Environment.SystemPageSize;
    private readonly int _capacity;
    private byte* _start;

    /// <summary>Maps the memory.</summary>
    /// <param name="capacity">The least number of bytes between the two pages.</param>
    public GuardedMemory(int capacity)
    {
        _capacity = (capacity + _page - 1) / _page * _page;
        var mapping = MapMemory(null, (nuint)(_capacity + (2 * _page)), NoAccess, PrivateAnonymous, -1, 0);
        if (mapping == -1)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _start = (byte*)mapping + _page;
        if (ProtectMemory(_start, (nuint)_capacity, ReadWrite) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>The last bytes before the page behind.</summary>
    public Span<byte> Last(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_capacity);

        // Sound: length bytes, all of them mapped, as checked above.
        return new Span<byte>(_start + _capacity - length, length);
    }

    /// <summary>A copy of the bytes that ends right before the page behind.</summary>
    public ReadOnlySpan<byte> Place(ReadOnlySpan<byte> bytes)
    {
        var place = Last(bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    /// <summary>A copy of the bytes that starts right behind the page before.</summary>
    public ReadOnlySpan<byte> PlaceFirst(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, _capacity);

        // Sound: bytes.Length bytes, all of them mapped, as checked above.
        var place = new Span<byte>(_start, bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    public void Dispose()
    {
        if (_start != null)
        {
            _ = UnmapMemory(_start - _page, (nuint)(_capacity + (2 * _page)));
            _start = null;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapMemory(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int ProtectMemory(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapMemory(void* address, nuint length);
}
