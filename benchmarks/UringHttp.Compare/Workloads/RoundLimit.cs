namespace UringHttp.Compare;

/// <summary>When a round ends: after a time, after a number of requests, or after whichever comes first. Zero: no such limit.</summary>
internal readonly record struct RoundLimit(double Seconds, long Requests)
{
    public static RoundLimit OfSeconds(double seconds) => new(seconds, 0);

    public static RoundLimit OfRequests(long requests) => new(0, requests);
}
