namespace UringHttp.Compare;

/// <summary>Fetches one URL, again and again. Each worker has its own, and uses it for one request at a time.</summary>
internal interface IFetcher
{
    /// <summary>
    /// Fetches as long as there is a turn for it: sends the request, gives the body to the turn's receiver, ends the turn. One method
    /// for all, so that it is not the measuring that costs a task for each. Throws for a status other than 200.
    /// </summary>
    Task FetchAsync(IFetchTurns turns);
}
