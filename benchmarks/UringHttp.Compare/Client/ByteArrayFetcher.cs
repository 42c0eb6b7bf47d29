namespace UringHttp.Compare;

/// <summary>Fetches as most people do: a new array for each body.</summary>
internal sealed class ByteArrayFetcher(HttpClient http, Uri uri) : IFetcher
{
    public async Task FetchAsync(IFetchTurns turns)
    {
        while (turns.TryBegin(out BodyReceiver body))
        {
            body.Examine(await http.GetByteArrayAsync(uri)); // throws for a status that is not a success
            turns.End();
        }
    }
}
