using System.Diagnostics;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>tests/UringHttp.Confined, in a process of its own: what the system does to it cannot be undone.</summary>
internal static class ConfinedProcess
{
    /// <summary>Runs it to its end; what it printed, by name.</summary>
    internal static Task<Dictionary<string, string>> RunAsync(params string[] arguments) => RunWithAsync([], arguments);

    /// <inheritdoc cref="RunAsync"/>
    /// <param name="environment">Variables that it gets.</param>
    /// <param name="arguments">What it is to do.</param>
    internal static async Task<Dictionary<string, string>> RunWithAsync(
        Dictionary<string, string> environment, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "UringHttp.Confined.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("URINGHTTP_BACKEND");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().Soon();
            Assert.That(process.ExitCode, Is.Zero, await errors);
            return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        }
        finally
        {
            process.Kill();
        }
    }
}
