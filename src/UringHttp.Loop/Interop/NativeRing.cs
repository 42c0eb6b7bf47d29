using System.Diagnostics;

namespace UringHttp;

/// <summary>The real ring: io_uring or epoll, behind the native shim.</summary>
/// <remarks>Opened, entered and disposed on one thread; only <see cref="Wake"/> and the socket calls may come from others.</remarks>
internal sealed unsafe class NativeRing : IRing
{
    private readonly nint _ring;
    private int _callers;
    private bool _closed;

    private NativeRing(nint ring, in RingInfo info)
    {
        _ring = ring;
        Info = info;
    }

    public RingInfo Info { get; }

    /// <summary>On Linux the stopwatch is CLOCK_MONOTONIC in nanoseconds, which is also the clock of the shim's timeouts.</summary>
    public long Now => Stopwatch.GetTimestamp();

    /// <summary>Opens a ring for the calling thread; the errno and what is known of the refusal when it fails.</summary>
    internal static int Open(in RingConfig config, out RingInfo info, out NativeRing? ring)
    {
        uint version = NativeMethods.GetAbiVersion();
        if (version != NativeMethods.AbiVersion)
        {
            throw new PlatformNotSupportedException(
                $"liburinghttp.so speaks version {version} of the ABI and UringHttp.Loop version {NativeMethods.AbiVersion}: " +
                "an old native library lies beside a newer assembly. Delete it and build or restore again.");
        }

        int result = NativeMethods.RingOpen(config, out info, out nint handle);
        ring = result == 0 ? new NativeRing(handle, info) : null;
        return result;
    }

    public int Enter(ReadOnlySpan<Submission> submissions, out int accepted, Span<Completion> completions, long timeoutNanoseconds)
    {
        int result;
        uint taken;

        // Sound: both spans stay pinned for the whole call, and the shim keeps neither pointer beyond it.
        fixed (Submission* first = submissions)
        fixed (Completion* room = completions)
        {
            result = NativeMethods.RingEnter(
                _ring, first, (uint)submissions.Length, out taken, room, (uint)completions.Length, timeoutNanoseconds);
        }

        accepted = (int)taken;
        return result >= 0 ? result : throw new UringException(-result, "ring enter");
    }

    public void Wake()
    {
        if (TryBeginCall())
        {
            int result = NativeMethods.RingWake(_ring);
            EndCall();
            Debug.Assert(result == 0, $"uh_ring_wake gave {result}");
        }
    }

    public int OpenSocket(int domain, int type, int protocol)
    {
        if (!TryBeginCall())
        {
            throw new ObjectDisposedException(nameof(UringLoop), "The loop has been disposed.");
        }

        int result = NativeMethods.SocketOpen(_ring, domain, type, protocol);
        EndCall();
        return result;
    }

    public int Bind(int descriptor, ReadOnlySpan<byte> address)
    {
        // Sound: pinned for the call, which copies.
        fixed (byte* first = address)
        {
            return NativeMethods.SocketBind(descriptor, first, (uint)address.Length);
        }
    }

    public int Listen(int descriptor, int backlog) => NativeMethods.SocketListen(descriptor, backlog);

    public int SetOption(int descriptor, int level, int name, int value) =>
        NativeMethods.SocketSetOption(descriptor, level, name, &value, sizeof(int));

    public int GetLocalName(int descriptor, Span<byte> address)
    {
        uint length = (uint)address.Length;

        // Sound: pinned for the call, which writes at most length bytes.
        fixed (byte* first = address)
        {
            int result = NativeMethods.SocketLocalName(descriptor, first, ref length);
            return result < 0 ? result : (int)length;
        }
    }

    public int GetPeerName(int descriptor, Span<byte> address)
    {
        uint length = (uint)address.Length;

        // Sound: pinned for the call, which writes at most length bytes.
        fixed (byte* first = address)
        {
            int result = NativeMethods.SocketPeerName(descriptor, first, ref length);
            return result < 0 ? result : (int)length;
        }
    }

    public int ReceiveNow(int descriptor, Span<byte> destination)
    {
        // Sound: pinned for the call, which writes at most length bytes.
        fixed (byte* first = destination)
        {
            return NativeMethods.SocketReceive(descriptor, first, (uint)destination.Length);
        }
    }

    public int CloseUnused(int descriptor) => NativeMethods.SocketClose(descriptor);

    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        Interlocked.MemoryBarrier(); // the store above before the load below: a caller either is counted or sees _closed

        var spinner = default(SpinWait);
        while (Volatile.Read(ref _callers) != 0)
        {
            spinner.SpinOnce();
        }

        int result = NativeMethods.RingClose(_ring);
        if (result < 0)
        {
            throw new UringException(-result, "ring close");
        }
    }

    /// <summary>A call of another thread that looks into the ring, which is freed only after <see cref="EndCall"/>.</summary>
    private bool TryBeginCall()
    {
        Interlocked.Increment(ref _callers);
        if (!Volatile.Read(ref _closed))
        {
            return true;
        }

        EndCall();
        return false;
    }

    private void EndCall() => Interlocked.Decrement(ref _callers);
}
