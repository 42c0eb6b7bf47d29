using System.Text;

namespace UringHttp.Soak;

/// <summary>Sends by <see cref="UringHttpClient"/>, on the loop, which is the only place for it.</summary>
internal sealed class PreparedCaller(UringLoop loop, UringHttpClient client) : ICaller
{
    public string Name => "UringHttpClient";

    public Task RunAsync(Func<Task> worker) => loop.RunAsync(worker);

    public Func<CancellationToken, Task> Prepare(SoakRequest request, Uri uri)
    {
        using HttpRequestMessage message = HandlerCaller.NewMessage(request with { IsChunked = false }, uri);
        var prepared = new UringHttpRequest(message);
        return cancellation => ExchangeAsync(request, prepared, cancellation);
    }

    private async Task ExchangeAsync(SoakRequest request, UringHttpRequest prepared, CancellationToken cancellation)
    {
        using UringHttpResponse response = await client.SendAsync(prepared, cancellation);
        var check = new AnswerCheck(request);
        AddFields(check, response.Headers);
        ReadOnlyMemory<byte> piece;
        while (!(piece = await response.ReadAsync(cancellation)).IsEmpty)
        {
            check.AddBody(piece.Span);
        }

        check.End(response.StatusCode, response.Trailers.FirstOrDefault(field => field.Key == ServerConnection.Trailer).Value);
    }

    private static void AddFields(AnswerCheck check, HeaderView fields)
    {
        foreach (HeaderField field in fields)
        {
            check.AddField(Encoding.Latin1.GetString(field.Name), Encoding.Latin1.GetString(field.Value));
        }
    }
}
