using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Faults;

/// <summary>
/// A second way into a network: a pair of TUN devices, and a thread that carries the packets between them as a bad line does. Each packet
/// is delayed, by a time that varies, so that later ones overtake it; and the line takes only so many bytes a second.
/// </summary>
internal sealed partial class SlowLink : IDisposable
{
    private const string Device = "/dev/net/tun";
    private const nuint SetInterface = 0x400454CA; // TUNSETIFF
    private const ushort BareIpPackets = 0x1001; // IFF_TUN | IFF_NO_PI
    private const short Readable = 1; // POLLIN
    private const int MostQueued = 200;

    private readonly NetworkNamespace _network;
    private readonly LinkTerms _terms;
    private readonly SafeFileHandle[] _ends = new SafeFileHandle[2];
    private readonly PriorityQueue<(int To, byte[] Packet), long> _onTheWay = new();
    private readonly long[] _freeAt = new long[2];
    private readonly long[] _lastDue = new long[2];
    private readonly Random _random = new(1);
    private readonly Thread _carrier;
    private volatile bool _isOver;
    private int _overtaken;
    private int _carried;

    private SlowLink(NetworkNamespace network, LinkTerms terms)
    {
        _network = network;
        _terms = terms;
        _carrier = new Thread(Carry);
    }

    /// <summary>The address of the network's end.</summary>
    internal IPAddress Address => IPAddress.Parse($"10.214.{_network.Index}.2");

    /// <summary>Packets that came to the other end.</summary>
    internal int Carried => Volatile.Read(ref _carried);

    /// <summary>Packets that arrived later than one which was sent after them.</summary>
    internal int Overtaken => Volatile.Read(ref _overtaken);

    /// <summary>Lays one; the test is skipped where that is not possible.</summary>
    internal static SlowLink Lay(NetworkNamespace network, LinkTerms terms)
    {
        Requirement.Holds(File.Exists(Device), $"a link in user space needs {Device}");
        var link = new SlowLink(network, terms);
        try
        {
            link.Configure();
        }
        catch
        {
            link.Close();
            throw;
        }

        link._carrier.Start();
        return link;
    }

    /// <summary>The devices end with their descriptors.</summary>
    public void Dispose()
    {
        _isOver = true;
        _carrier.Join();
        Close();
    }

    private void Configure()
    {
        string near = $"uringhttp{_network.Index}a";
        string far = $"uringhttp{_network.Index}b";
        _ends[0] = Open(near);
        _ends[1] = Open(far);
        string Lines(string device, string address, string peer) => $"""
            address add {address} peer {peer} dev {device}
            link set {device} up
            route replace {peer} dev {device} src {address} rto_min 20ms
            """;
        string outside = $"10.214.{_network.Index}.1";
        Tool.Ip.RunWith($"link set {far} netns {_network.Name}\n{Lines(near, outside, $"{Address}")}", "-batch", "-");
        Tool.Ip.RunWith(Lines(far, $"{Address}", outside), "-netns", _network.Name, "-batch", "-");
    }

    private void Close()
    {
        foreach (SafeFileHandle end in _ends)
        {
            end?.Dispose();
        }
    }

    private static SafeFileHandle Open(string name)
    {
        SafeFileHandle end = LibC.OpenDevice(Device);
        var request = new InterfaceRequest { Flags = BareIpPackets };
        Encoding.ASCII.GetBytes(name, request.Name);
        LibC.Check(Control(end, SetInterface, ref request));
        return end;
    }

    /// <summary>The carrier: takes packets off both ends, and hands on those whose time has come.</summary>
    private void Carry()
    {
        byte[] buffer = new byte[64 * 1024];
        Waiting[] waiting = [.. _ends.Select(end => new Waiting { Descriptor = (int)end.DangerousGetHandle(), Events = Readable })];
        while (!_isOver)
        {
            LibC.Check(Wait(waiting, (nuint)waiting.Length, MillisecondsToNext()));
            for (int from = 0; from < _ends.Length; from++)
            {
                int length;
                while ((length = (int)Read(_ends[from], buffer, (nuint)buffer.Length)) > 0)
                {
                    Take(1 - from, buffer[..length]);
                }
            }

            while (_onTheWay.TryPeek(out (int To, byte[] Packet) next, out long due) && due <= Stopwatch.GetTimestamp())
            {
                _onTheWay.Dequeue();
                Write(_ends[next.To], next.Packet, (nuint)next.Packet.Length); // one that finds no room is lost, as on any line
                Interlocked.Increment(ref _carried);
            }
        }
    }

    private int MillisecondsToNext() =>
        _onTheWay.TryPeek(out _, out long due)
            ? (int)Math.Clamp(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due).TotalMilliseconds, 0, 10)
            : 10; // it looks whether it is over

    /// <summary>Puts a packet on the line, if that has not too many already.</summary>
    private void Take(int to, byte[] packet)
    {
        if (_onTheWay.Count >= MostQueued)
        {
            return;
        }

        long now = Stopwatch.GetTimestamp();
        _freeAt[to] = Math.Max(now, _freeAt[to]) + (Stopwatch.Frequency * packet.Length / _terms.BytesPerSecond);
        TimeSpan delay = _terms.Delay + (_terms.Jitter * _random.NextDouble());
        long due = _freeAt[to] + (long)(delay.TotalSeconds * Stopwatch.Frequency);
        if (due < _lastDue[to])
        {
            Interlocked.Increment(ref _overtaken);
        }

        _lastDue[to] = Math.Max(_lastDue[to], due);
        _onTheWay.Enqueue((to, packet), due);
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, ref InterfaceRequest argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Wait([In, Out] Waiting[] descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, [Out] byte[] buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, byte[] buffer, nuint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct Waiting
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    /// <summary>struct ifreq.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct InterfaceRequest
    {
        public NameBytes Name;
        public ushort Flags;
    }

    [System.Runtime.CompilerServices.InlineArray(16)]
    private struct NameBytes
    {
        private byte _first;
    }
}

/// <summary>How bad a line is.</summary>
/// <param name="Delay">How long each packet takes at least.</param>
/// <param name="Jitter">How much longer it takes at most, by chance.</param>
/// <param name="BytesPerSecond">How much the line takes in, in each direction.</param>
internal sealed record LinkTerms(TimeSpan Delay, TimeSpan Jitter, long BytesPerSecond);
