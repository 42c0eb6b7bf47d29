namespace UringHttp.Compare;

/// <summary>Fetches one URL, again and again. Each worker has its own, and uses it for one request at a time.</summary>
internal interface IFetcher
{
    /// <summary>
    /// Sends the request, awaits <see cref="BodyReceiver.BeginAsync"/> once the answer's head is there, and gives it the body.
    /// Throws for a status other than 200.
    /// </summary>
    ValueTask FetchAsync(BodyReceiver body);
}
