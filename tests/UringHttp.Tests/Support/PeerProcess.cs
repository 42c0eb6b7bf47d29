using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UringHttp.Tests.Support;

/// <summary>A real server on the loopback, with a process, a port and a folder of its own, for as long as a fixture needs it.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private PeerProcess(string program, Func<string, int, string[]> prepare)
    {
        _folder = Directory.CreateTempSubdirectory("uringhttp-peer-");
        Port = TakeFreePort();
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(program, prepare(_folder.FullName, Port))
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                WorkingDirectory = _folder.FullName,
            },
        };
        _process.ErrorDataReceived += Keep;
        _process.OutputDataReceived += Keep;
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        WaitUntilItListens();
    }

    internal int Port { get; }

    internal string Folder => _folder.FullName;

    /// <summary>Starts one; where the program is missing, the test is skipped with a line that says why, and fails in CI.</summary>
    /// <param name="program">The name of the program.</param>
    /// <param name="package">The Debian package that has it.</param>
    /// <param name="prepare">Writes what it needs into the folder; returns the arguments that make it listen on the port.</param>
    internal static PeerProcess Start(string program, string package, Func<string, int, string[]> prepare)
    {
        string path = Requirement.Program(program, package);
        return new PeerProcess(path, prepare);
    }

    /// <summary>Ends the server, those processes included that it started itself.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int TakeFreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            _said.AppendLine(line.Data);
        }
    }

    private void WaitUntilItListens()
    {
        long end = Environment.TickCount64 + 30_000;
        while (true)
        {
            if (_process.HasExited)
            {
                _process.WaitForExit();
                throw new InvalidOperationException($"{_process.StartInfo.FileName} ended: {_said}");
            }

            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

                // From another address: from its own, a port where nobody listens yet may be connected to itself.
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, 2]), 0));
                socket.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (Environment.TickCount64 < end)
            {
                Thread.Yield();
            }
        }
    }
}
