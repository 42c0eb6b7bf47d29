namespace UringHttp;

/// <summary>What a parser has to say about the bytes it was given.</summary>
/// <remarks>
/// Every parser here is pure: it reads the bytes, keeps nothing of them, never waits and never throws for what a peer sent.
/// </remarks>
public enum ParseStatus
{
    /// <summary>So far correct, but unfinished: call again with the same bytes and more after them.</summary>
    NeedMore,

    /// <summary>Finished. The bytes that follow the consumed ones belong to whatever comes next.</summary>
    Complete,

    /// <summary>A rule of HTTP is broken, and the parser names it. The connection is of no more use.</summary>
    Invalid,
}
