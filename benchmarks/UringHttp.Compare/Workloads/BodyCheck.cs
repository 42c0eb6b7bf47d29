namespace UringHttp.Compare;

/// <summary>Which bytes of the bodies are compared with what they must be. The length of every body is checked in any case.</summary>
internal enum BodyCheck
{
    LengthOnly,

    /// <summary>Every byte of one body in 64.</summary>
    SampledBodies,

    /// <summary>Of every body the first read, the last, and each that crosses a boundary of 2 MiB.</summary>
    SampledBlocks,
}
