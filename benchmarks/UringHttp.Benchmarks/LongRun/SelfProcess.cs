using System.Diagnostics;

namespace UringHttp.Benchmarks.LongRun;

/// <summary>This program, started again with another verb; it ends when its standard input does.</summary>
internal static class SelfProcess
{
    public static Process Start(params string[] arguments)
    {
        string program = Environment.ProcessPath!;
        IEnumerable<string> command = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [typeof(SelfProcess).Assembly.Location, .. arguments] // started as `dotnet UringHttp.Benchmarks.dll`
            : arguments;
        return Process.Start(new ProcessStartInfo(program, command) { RedirectStandardInput = true })!;
    }
}
