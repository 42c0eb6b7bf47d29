using System.Buffers;

namespace UringHttp;

/// <summary>A caller's memory while the kernel has it: pinned, and kept.</summary>
/// <remarks>
/// The memory itself is held beside its pin. That of memory which was pinned when it was allocated is a bare pointer: it keeps
/// nothing alive, and the caller may have dropped the rest.
/// </remarks>
internal struct PinnedMemory(Memory<byte> memory) : IDisposable
{
    private Memory<byte> _memory = memory;
    private MemoryHandle _pin = memory.Pin();

    /// <summary>Where it lies until <see cref="Dispose"/>.</summary>
    internal readonly unsafe ulong Address => (ulong)_pin.Pointer;

    /// <summary>Its length in bytes.</summary>
    internal readonly uint Length => (uint)_memory.Length;

    /// <summary>Lets go of it. Of none, or a second time, this does nothing.</summary>
    public void Dispose()
    {
        _pin.Dispose();
        _memory = default;
    }

    /// <summary>The kernel would not let go of it: it stays pinned for ever. After this <see cref="Dispose"/> does nothing.</summary>
    internal void Keep()
    {
        Quarantine.Keep((_memory, _pin));
        this = default;
    }
}
