namespace UringHttp.Simulation;

/// <summary>What a peer does with a request: the bytes that it sends, and what comes after them.</summary>
internal sealed class Answer
{
    /// <summary>The name that the answer goes by: the request's number and the attempt's.</summary>
    public required string Name { get; init; }

    public required int Status { get; init; }

    /// <summary>The bytes that make it up. Those that come before or behind it are not counted.</summary>
    public required byte[] Wire { get; set; }

    public required ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>Whether only the end of the connection tells the end of the body.</summary>
    public bool EndsByClose { get; init; }

    /// <summary>Bytes behind the answer that nobody asked for.</summary>
    public byte[] Extra { get; set; } = [];

    /// <summary>Whether a client that takes it for a whole answer is right.</summary>
    public bool IsSound { get; set; } = true;

    /// <summary>Whether the head is right, so that who reads only a part of the body has an answer.</summary>
    public bool IsHeadSound { get; set; } = true;

    /// <summary>The error that the bytes themselves call for.</summary>
    public Ending Error { get; set; }

    public AfterAnswer After { get; set; }
}

/// <summary>What a peer does when it has sent its bytes.</summary>
internal enum AfterAnswer
{
    Keep,
    Close,
    Reset,
    Stall,
}
