namespace UringHttp.Compare;

/// <summary>Fetches one URL, again and again. Each worker has its own, and uses it for one request at a time.</summary>
internal interface IFetcher
{
    /// <summary>
    /// Sends the request, and gives the body to its receiver: <see cref="BodyReceiver.Begin"/>, the bytes, <see cref="BodyReceiver.End"/>.
    /// Throws for a status other than 200.
    /// </summary>
    ValueTask FetchAsync(BodyReceiver body);
}
