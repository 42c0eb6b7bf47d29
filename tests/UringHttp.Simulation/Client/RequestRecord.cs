namespace UringHttp.Simulation;

/// <summary>What became of a request: on the wire, and for its caller.</summary>
internal sealed class RequestRecord(RequestPlan plan)
{
    public RequestPlan Plan => plan;

    public List<Attempt> Attempts { get; } = [];

    /// <summary>How often its caller was told an end.</summary>
    public int Ends { get; set; }

    public Ending Ending { get; set; }

    public Exception? Failure { get; set; }

    /// <summary>The enter in which it was told.</summary>
    public int EndedIn { get; set; }

    public long BeganAt { get; set; }

    public long EndedAt { get; set; }

    /// <summary>What its caller slept of that.</summary>
    public long Slept { get; set; }

    public bool WasCancelled { get; set; }

    // The answer, as far as the caller has read it.
    public int Status { get; set; }

    public string? Name { get; set; }

    public List<byte> Body { get; } = [];

    public bool IsReadToEnd { get; set; }
}
