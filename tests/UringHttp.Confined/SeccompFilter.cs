using System.ComponentModel;
using System.Runtime.InteropServices;

namespace UringHttp.Confined;

/// <summary>A BPF program that refuses one system call in every thread of the process, for good.</summary>
internal static unsafe partial class SeccompFilter
{
    private const int SetNoNewPrivileges = 38;
    private const nuint SetModeFilter = 1;
    private const nuint AllThreads = 1;
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7FFF0000;
    private const uint RefuseWithErrno = 0x00050000;

    private static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 277 : 317;

    public static void Refuse(uint systemCall, uint errno)
    {
        ReadOnlySpan<Instruction> program =
        [
            new(LoadWord, 0, 0, 0), // the number of the system call
            new(JumpIfEqual, 0, 1, systemCall),
            new(Return, 0, 0, RefuseWithErrno | errno),
            new(Return, 0, 0, Allow),
        ];

        // Sound: the kernel copies the program before the call returns.
        fixed (Instruction* first = program)
        {
            var filter = new Filter { Length = (ushort)program.Length, First = first };
            if (Control(SetNoNewPrivileges, 1, 0, 0, 0) != 0 || SystemCall(Number, SetModeFilter, AllThreads, &filter) != 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nuint operation, nuint flags, Filter* filter);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private struct Filter
    {
        public ushort Length;
        public Instruction* First;
    }
}
