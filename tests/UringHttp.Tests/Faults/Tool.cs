using System.Diagnostics;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>A program of the system's that makes a fault: it runs to its end, and must succeed.</summary>
internal sealed class Tool(string program, string package)
{
    internal static Tool Ip { get; } = new("ip", "iproute2");

    internal static Tool Nft { get; } = new("nft", "nftables");

    internal static Tool Shell { get; } = new("sh", "dash");

    /// <summary>Where it is. Skips the test when it is missing.</summary>
    internal string Path => Requirement.Program(program, package);

    /// <summary>What it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed: what it was told to do, and what it said.</exception>
    internal string Run(params string[] arguments) => RunWith(string.Empty, arguments);

    /// <inheritdoc cref="Run"/>
    /// <param name="input">What it reads from its standard input.</param>
    /// <param name="arguments">What it is called with.</param>
    internal string RunWith(string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}{output} {input}");
    }
}
