namespace UringHttp.Compare;

/// <summary>Says when a worker is to start its next request. Any thread.</summary>
internal interface IRequestStarts
{
    /// <summary>False when the worker is to end.</summary>
    /// <param name="startedAt">The timestamp from which the latency is measured.</param>
    bool TryStart(out long startedAt);
}
