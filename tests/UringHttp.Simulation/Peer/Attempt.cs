namespace UringHttp.Simulation;

/// <summary>A request on its way over one connection, and what the connection has come to meanwhile.</summary>
internal sealed class Attempt(RequestRecord request, SimulatedSocket socket)
{
    public RequestRecord Request => request;

    public SimulatedSocket Socket => socket;

    /// <summary>Whether the connection had carried another request before.</summary>
    public bool WasReused { get; } = socket.Requests > 0;

    /// <summary>Whether bytes that nobody asked for may have come before the answer, too late for anybody to tell.</summary>
    public bool IsTainted { get; init; }

    /// <summary>What the peer answers; null while it has not heard enough.</summary>
    public Answer? Answer { get; set; }

    /// <summary>Bytes of the answer that the loop has received.</summary>
    public long Received { get; set; }

    /// <summary>Whether an interim answer is on its way, which the final one must not overtake.</summary>
    public bool HasInterimsToCome { get; set; }

    /// <summary>The errors that are the right ones for what has happened.</summary>
    public Ending Allowed { get; set; }
}
