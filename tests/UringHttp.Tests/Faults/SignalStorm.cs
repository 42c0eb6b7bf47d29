using System.Runtime.InteropServices;

namespace UringHttp.Tests.Faults;

/// <summary>
/// Signals without end to one thread, each of which interrupts the system call that the thread is in: the handler does nothing, and was
/// not asked to restart anything.
/// </summary>
internal sealed unsafe partial class SignalStorm : IDisposable
{
    private readonly int _thread;
    private readonly Thread _sender;
    private Action _before;
    private volatile bool _isOver;
    private int _sent;

    /// <param name="thread">Its number, as the kernel has it.</param>
    internal SignalStorm(int thread)
    {
        _thread = thread;

        // Sound: a handler may call only what is safe at any point of a program, as getpid is; that takes no argument and ignores one.
        var nothing = new Action { Handler = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getpid") };
        LibC.Check(SetAction(LibC.User1, nothing, out _before));
        _sender = new Thread(Send);
        _sender.Start();
    }

    /// <summary>Signals so far.</summary>
    internal int Sent => Volatile.Read(ref _sent);

    public void Dispose()
    {
        _isOver = true;
        _sender.Join();
        LibC.Check(SetAction(LibC.User1, _before, out _));
    }

    private void Send()
    {
        while (!_isOver)
        {
            LibC.SignalThread(_thread, LibC.User1);
            Interlocked.Increment(ref _sent);
            Thread.Yield();
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static partial int SetAction(int signal, in Action action, out Action before);

    /// <summary>struct sigaction of glibc and musl on 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Action
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }
}
