namespace UringHttp.Simulation;

/// <summary>A request on its way over one connection, and what the connection has come to meanwhile.</summary>
internal sealed class Attempt(RequestRecord request, SimulatedSocket socket)
{
    /// <summary>What may become of it when what nobody asked for is taken for its answer.</summary>
    public const Ending OfStray = Ending.Invalid | Ending.CutShort | Ending.Failed;

    public RequestRecord Request => request;

    public SimulatedSocket Socket => socket;

    /// <summary>Whether the connection had carried another request before.</summary>
    public bool WasReused => Number > 0;

    /// <summary>How many requests the connection had carried before.</summary>
    public int Number { get; } = socket.Requests;

    /// <summary>Whether bytes that nobody asked for may have come before the answer, too late for anybody to tell.</summary>
    public bool IsTainted { get; set; }

    /// <summary>The one before it on its connection.</summary>
    public Attempt? Before { get; } = socket.Behind.LastOrDefault(socket.Attempt);

    /// <summary>Whether the client may have sent it before the answer to the one before it was read.</summary>
    public bool MayBeAhead { get; init; }

    /// <summary>Whether bytes of its answer have come to a client that can only have waited for them.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>What the peer answers; null while it has not heard enough.</summary>
    public Answer? Answer { get; set; }

    /// <summary>Bytes of the answer that the loop has received.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the loop has received all of the answer, but for the connection's end where that is a part of it.</summary>
    public bool IsReceived => Answer is { IsSound: true } answer && Received >= answer.Wire.Length;

    /// <summary>Bytes of the answer that are to come before another answer; null when none will follow, or nobody knows.</summary>
    public int? Missing => Answer is { IsSound: true, EndsByClose: false, After: AfterAnswer.Keep } answer
        ? (int)Math.Max(0, answer.Wire.Length - Received)
        : null;

    /// <summary>Whether nothing is missing, and the connection goes on.</summary>
    public bool IsOver => Missing == 0;

    /// <summary>Whether an interim answer is on its way, which the final one must not overtake.</summary>
    public bool HasInterimsToCome { get; set; }

    /// <summary>The errors that are the right ones for what has happened.</summary>
    public Ending Allowed { get; set; }

    /// <summary>Whether its answer, and not that of another attempt, is read to its end.</summary>
    private bool IsReadToEnd => request.IsReadToEnd && request.Attempts[^1] == this;

    /// <summary>Bytes that are not counted are to come.</summary>
    public void Discount(int count) => Received -= count;

    /// <summary>Bytes have come.</summary>
    public void Receive(int count)
    {
        if (count > 0)
        {
            Received += count;
            HasBegun |= !IsTainted && (Before is null || Before.IsReadToEnd);
            Allowed |= (Answer?.Error ?? Ending.None) | (IsTainted ? OfStray : Ending.None);
        }
    }
}
