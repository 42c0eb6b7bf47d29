namespace UringHttp.Soak;

/// <summary>What the client may make of each fault of the server.</summary>
internal static class FaultRules
{
    public static bool MayBeAnswered(AnswerWay way) => way is AnswerWay.Whole or AnswerWay.Drip or AnswerWay.ThenClose;

    /// <summary>The fault and its error in words; null when that is not the fault's error.</summary>
    public static string? Name(SoakRequest request, Exception e)
    {
        string? name = request.Way switch
        {
            AnswerWay.NoAnswer when IsGone(e) => "closed before the answer",
            AnswerWay.Reset when IsGone(e) => "reset within the body",
            AnswerWay.Early when IsGone(e) => "closed within the body",
            AnswerWay.Stall when e is OperationCanceledException { InnerException: TimeoutException } => "given up after the limit",
            AnswerWay.BadHead or AnswerWay.BadChunk when ErrorOf(e) == HttpRequestError.InvalidResponse => "refused as invalid",
            _ => null,
        };
        if (name is not null)
        {
            return $"{request.Way}, {name}";
        }

        // An answer before this one may have left a connection that is closed just now: a GET is sent again, a POST must not be.
        return request.Sent is not null && e is HttpRequestException && IsGone(e) ? "POST on a connection that was closed" : null;
    }

    private static bool IsGone(Exception e) => ErrorOf(e) is HttpRequestError.ResponseEnded or HttpRequestError.Unknown;

    private static HttpRequestError? ErrorOf(Exception e) => e switch
    {
        HttpRequestException request => request.HttpRequestError,
        HttpIOException body => body.HttpRequestError,
        _ => null,
    };
}
