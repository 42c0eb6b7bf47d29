namespace UringHttp.Simulation;

/// <summary>What one request is to be: everything that its caller decides.</summary>
internal sealed record RequestPlan
{
    public required int Id { get; init; }

    public required string Method { get; init; }

    /// <summary>Over UringHttpClient, with a prepared request; else over UringHttpHandler.</summary>
    public bool IsPrepared { get; init; }

    /// <summary>Bytes of content; below 0: none.</summary>
    public int ContentLength { get; init; } = -1;

    public bool IsChunked { get; init; }

    /// <summary>The most requests that its connection may have unanswered, this one among them; 1: it is alone there.</summary>
    public int PipelineDepth { get; init; } = 1;

    /// <summary>The content comes in pieces, with pauses.</summary>
    public bool IsContentSlow { get; init; }

    public bool ExpectsContinue { get; init; }

    public bool AnnouncesClose { get; init; }

    /// <summary>Which of the peer's ports it goes to.</summary>
    public int Port { get; init; }

    /// <summary>It goes by the proxy, which is told all of its URI.</summary>
    public bool IsByProxy { get; init; }

    /// <summary>The port that its connection is made to.</summary>
    public int FirstHop => IsByProxy ? SimulatedProxy.Port : Port;

    public string Authority => $"10.0.0.1:{Port}";

    public string Uri => $"http://{Authority}/r/{Id}";

    /// <summary>What it names, to a proxy or to a server.</summary>
    public string Target => IsByProxy ? Uri : $"/r/{Id}";

    /// <summary>The pause before it.</summary>
    public long PauseBefore { get; init; }

    /// <summary>When it is cancelled, after its begin; below 0: never.</summary>
    public long CancelAfter { get; init; } = -1;

    /// <summary>Bytes of the answer that are read before it is dropped; below 0: all.</summary>
    public int DropAfter { get; init; } = -1;

    /// <summary>The buffer that the answer is read into.</summary>
    public int ReadSize { get; init; } = 4096;

    /// <summary>The pause between two reads; 0: none.</summary>
    public long ReadPause { get; init; }

    public bool MayPipeline => PipelineDepth > 1;

    public bool IsHead => Method == "HEAD";

    public bool IsIdempotent => Method is "GET" or "HEAD" or "PUT" or "DELETE";

    public ReadOnlyMemory<byte> Content => Pattern.OfRequest(Id, Math.Max(0, ContentLength));
}
