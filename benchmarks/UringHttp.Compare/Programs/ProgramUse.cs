using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UringHttp.Compare;

/// <summary>What a program that has ended used, from its first instruction to its last.</summary>
internal readonly partial record struct ProgramUse(double WallSeconds, double UserCpuSeconds, double SystemCpuSeconds)
{
    private const int OfChildren = -1;
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Runs a program to its end. One at a time: the system only tells what all children together have used.</summary>
    public static async Task<(string Output, ProgramUse Use)> RunAsync(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        Usage before = Read();
        long startedAt = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        double wall = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        Usage after = Read();
        return process.ExitCode == 0
            ? (output, new ProgramUse(wall, after.User - before.User, after.System - before.System))
            : throw new CompareException($"{command[0]} has ended with exit code {process.ExitCode}. {await errors}");
    }

    private static Usage Read()
    {
        _ = getrusage(OfChildren, out Usage usage);
        return usage;
    }

    [LibraryImport("libc")]
    private static partial int getrusage(int who, out Usage usage);

    /// <summary>struct rusage: two times, and fourteen numbers that nobody asks for.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 18 * sizeof(long))]
    private readonly struct Usage
    {
        private readonly long _userSeconds;
        private readonly long _userMicroseconds;
        private readonly long _systemSeconds;
        private readonly long _systemMicroseconds;

        public double User => _userSeconds + (_userMicroseconds / MicrosecondsPerSecond);

        public double System => _systemSeconds + (_systemMicroseconds / MicrosecondsPerSecond);
    }
}
