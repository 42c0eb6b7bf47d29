using System.Net;

namespace UringHttp.Compare;

/// <summary>Fetches with <see cref="UringHttpClient"/>: what is kept is read into its place, the rest looked at where it is.</summary>
internal sealed class PreparedFetcher(UringHttpClient client, Uri uri, bool keepsBodies) : IFetcher
{
    private readonly UringHttpRequest _request = new(uri);

    public async Task FetchAsync(IFetchTurns turns)
    {
        while (turns.TryBegin(out BodyReceiver body))
        {
            using UringHttpResponse response = await client.SendAsync(_request);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidDataException($"The status is {(int)response.StatusCode}, not 200.");
            }

            if (keepsBodies)
            {
                int count;
                while ((count = await response.ReadAsync(body.Buffer)) != 0)
                {
                    body.Accept(count);
                }
            }
            else
            {
                ReadOnlyMemory<byte> loan;
                while (!(loan = await response.ReadAsync()).IsEmpty)
                {
                    body.Examine(loan.Span);
                }
            }

            turns.End();
        }
    }
}
