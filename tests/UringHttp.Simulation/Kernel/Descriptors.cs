using System.Diagnostics.CodeAnalysis;

namespace UringHttp.Simulation;

/// <summary>The open descriptors. As in Unix a new one has the lowest free number, so that a stale number is soon a stranger's.</summary>
internal sealed class Descriptors
{
    private const int First = 3;
    private readonly List<SimulatedSocket?> _open = [];

    public int Count { get; private set; }

    /// <summary>The most that were open at once.</summary>
    public int Most { get; private set; }

    public SimulatedSocket Open()
    {
        int index = _open.IndexOf(null);
        if (index < 0)
        {
            index = _open.Count;
            _open.Add(null);
        }

        Count++;
        Most = Math.Max(Most, Count);
        return _open[index] = new SimulatedSocket(index + First);
    }

    public bool TryGet(int descriptor, [NotNullWhen(true)] out SimulatedSocket? socket)
    {
        socket = descriptor >= First && descriptor < First + _open.Count ? _open[descriptor - First] : null;
        return socket is not null;
    }

    public void Close(SimulatedSocket socket)
    {
        _open[socket.Descriptor - First] = null;
        socket.IsClosed = true;
        Count--;
    }
}
