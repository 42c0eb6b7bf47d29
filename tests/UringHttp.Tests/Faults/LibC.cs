using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringHttp.Tests.Faults;

/// <summary>The calls of libc with which faults are made.</summary>
internal static partial class LibC
{
    internal const int Kill = 9;
    internal const int User1 = 10;
    internal const int Terminate = 15;
    internal const int Continue = 18;
    internal const int Stop = 19;
    internal const int HangUp = 1;

    private const int NewNetwork = 0x40000000;
    private const int ReadWrite = 2;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    /// <summary>Sends a signal to a process.</summary>
    internal static void Signal(int process, int signal) => Check(SendSignal(process, signal));

    /// <summary>Sends a signal to one thread of this process.</summary>
    internal static void SignalThread(int thread, int signal) => Check(SendToThread(Environment.ProcessId, thread, signal));

    /// <summary>The number of the calling thread.</summary>
    internal static int ThreadId => GetThreadId();

    /// <summary>Puts the calling thread into a network: the sockets that it makes from now on are of that one.</summary>
    /// <param name="path">Where the network has its name.</param>
    internal static void EnterNetwork(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        Check(SetNamespace(file, NewNetwork));
    }

    /// <summary>Opens a device for reading and writing without waiting.</summary>
    internal static SafeFileHandle OpenDevice(string path)
    {
        int descriptor = Open(path, ReadWrite | NonBlocking | CloseOnExec);
        Check(descriptor);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    internal static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "tgkill", SetLastError = true)]
    private static partial int SendToThread(int process, int thread, int signal);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle file, int kind);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
