using System.Net;

namespace UringHttp.Compare;

/// <summary>Fetches through an <see cref="HttpClient"/>: the same code for every handler.</summary>
/// <remarks>No ConfigureAwait: on a loop it has to stay there, on the pool it makes no difference.</remarks>
internal sealed class HttpFetcher(HttpClient http, Uri uri) : IFetcher
{
    public async Task FetchAsync(IFetchTurns turns)
    {
        while (turns.TryBegin(out BodyReceiver body))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidDataException($"The status is {(int)response.StatusCode}, not 200.");
            }

            using Stream stream = await response.Content.ReadAsStreamAsync();
            int count;
            while ((count = await stream.ReadAsync(body.Buffer)) != 0)
            {
                body.Accept(count);
            }

            turns.End();
        }
    }
}
