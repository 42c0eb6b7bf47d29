using System.Diagnostics;
using System.Net;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>
/// A network of its own, with a pair of virtual interfaces between it and this process's: what is done to it, nobody else feels. Removed
/// with all that is in it; one whose process was killed is removed by the next that makes one.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private const string Prefix = "uringhttp-";
    private const string Folder = "/run/netns";
    private const int MaxIndex = 250;

    private static int s_count;

    private NetworkNamespace(string name, int index)
    {
        Name = name;
        Index = index;
    }

    internal string Name { get; }

    /// <summary>A number that no other one on this machine has now; its addresses are made of it.</summary>
    internal int Index { get; }

    /// <summary>Its end of the pair.</summary>
    internal IPAddress Address => IPAddress.Parse($"10.213.{Index}.2");

    private string Link => LinkOf(Index);

    /// <summary>Makes one; the test is skipped where that is not possible.</summary>
    internal static NetworkNamespace Make()
    {
        Requirement.Holds(Environment.IsPrivilegedProcess, "a network namespace needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN)");
        _ = Tool.Ip.Path;
        RemoveOrphans();
        string name = $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        try
        {
            Tool.Ip.Run("netns", "add", name);
        }
        catch (InvalidOperationException e)
        {
            Requirement.Holds(false, $"no network namespace can be made here: {e.Message}");
        }

        try
        {
            var made = new NetworkNamespace(name, AddLink(name));
            made.Configure();
            return made;
        }
        catch
        {
            Tool.Ip.Run("netns", "delete", name); // and the pair, if there is one
            throw;
        }
    }

    /// <summary>Runs a program within, to its end; what it printed.</summary>
    internal string Run(string input, Tool tool, params string[] arguments) =>
        Tool.Ip.RunWith(input, ["netns", "exec", Name, tool.Path, .. arguments]);

    /// <summary>Puts the calling thread into it, for good: the sockets that it makes from now on are within.</summary>
    internal void Enter() => LibC.EnterNetwork($"{Folder}/{Name}");

    /// <summary>The ports that connections from within may have.</summary>
    internal void SetPorts(int first, int last) =>
        Run(string.Empty, Tool.Shell, "-c", $"echo {first} {last} >/proc/sys/net/ipv4/ip_local_port_range");

    public void Dispose()
    {
        try
        {
            Tool.Ip.Run("link", "delete", Link); // at once; otherwise the kernel does it when it likes
        }
        finally
        {
            Tool.Ip.Run("netns", "delete", Name);
        }
    }

    private static string LinkOf(int index) => $"uringhttp{index}";

    /// <summary>Adds the pair. Its name is what keeps processes apart that do so at the same time.</summary>
    private static int AddLink(string name)
    {
        for (int index = 0; ; index++)
        {
            try
            {
                Tool.Ip.Run("link", "add", LinkOf(index), "type", "veth", "peer", "name", "veth", "netns", name);
                return index;
            }
            catch (InvalidOperationException e) when (e.Message.Contains("File exists", StringComparison.Ordinal) && index < MaxIndex)
            {
                // It is another one's.
            }
        }
    }

    /// <summary>
    /// Packets are as long as on a wire, not what segmentation offload makes of them, or there were too few to lose. A lost one is sent
    /// again after 20 ms: the kernel's 200 ms are for the internet.
    /// </summary>
    private void Configure()
    {
        string outside = $"10.213.{Index}.1";
        string Lines(string link, string address) => $"""
            link set {link} up gso_max_segs 1
            address add {address}/30 dev {link}
            route replace 10.213.{Index}.0/30 dev {link} src {address} rto_min 20ms
            """;
        Tool.Ip.RunWith(Lines(Link, outside), "-batch", "-");
        Tool.Ip.RunWith($"link set lo up\n{Lines("veth", $"{Address}")}", "-netns", Name, "-batch", "-");
    }

    private static void RemoveOrphans()
    {
        foreach (string path in Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, $"{Prefix}*") : [])
        {
            string name = Path.GetFileName(path);
            if (Directory.Exists($"/proc/{name.Split('-')[1]}"))
            {
                continue;
            }

            TestContext.Out.WriteLine($"The network namespace {name} was left by a process that was killed: it is removed.");
            foreach (string process in Tool.Ip.Run("netns", "pids", name).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Process.GetProcessById(int.Parse(process)).Kill();
            }

            Tool.Ip.Run("netns", "delete", name);
        }
    }
}
