namespace UringHttp.Compare;

/// <summary>Fetches as most people do: a new array for each body.</summary>
internal sealed class ByteArrayFetcher(HttpClient http, Uri uri) : IFetcher
{
    public async ValueTask FetchAsync(BodyReceiver body)
    {
        byte[] bytes = await http.GetByteArrayAsync(uri); // throws for a status that is not a success
        body.Begin();
        body.Examine(bytes);
        body.End();
    }
}
