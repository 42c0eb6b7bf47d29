namespace UringHttp;

/// <summary>
/// The pipelines of one pool, and whether its server may have any. It does not keep them: a response that is dropped takes its
/// connection with it, pipeline and all. Loop thread.
/// </summary>
internal sealed class PipelineSet
{
    private readonly List<WeakReference<Pipeline>> _all = [];
    private PipelineTrust _trust;

    internal bool IsTrusted(long now) => _trust.IsGiven(now);

    /// <inheritdoc cref="PipelineTrust.OnBroken"/>
    internal bool OnBroken(long now, int answers) => _trust.OnBroken(now, answers);

    internal void Add(Pipeline pipeline) => _all.Add(pipeline.Self);

    internal void Remove(Pipeline pipeline) => _all.Remove(pipeline.Self);

    /// <summary>The pipeline with the fewest requests that may take another one; null when none may.</summary>
    internal Pipeline? FindRoom(int depth)
    {
        Pipeline? best = null;
        foreach (WeakReference<Pipeline> reference in _all)
        {
            if (reference.TryGetTarget(out Pipeline? pipeline) && pipeline.Count < (best?.Count ?? depth) && pipeline.HasRoom(depth))
            {
                best = pipeline;
            }
        }

        return best;
    }
}
