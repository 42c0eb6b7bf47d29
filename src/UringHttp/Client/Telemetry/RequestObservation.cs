namespace UringHttp;

/// <summary>What is being told of one request that is under way. Ends once. Any thread, one at a time.</summary>
internal sealed class RequestObservation(RequestMeasure? measure, RequestTrace? trace)
{
    private bool _ended;

    /// <summary>The request has its answer.</summary>
    internal void End(HttpResponseMessage response) => End(response, null);

    /// <summary>It has failed, unless it had ended.</summary>
    internal void Fail(Exception failure) => End(null, failure);

    private void End(HttpResponseMessage? response, Exception? failure)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        trace?.End(response, failure);
        measure?.End(response, failure);
    }
}
