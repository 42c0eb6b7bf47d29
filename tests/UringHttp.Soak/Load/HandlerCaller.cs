using System.Buffers;
using System.Net.Http.Headers;

namespace UringHttp.Soak;

/// <summary>Sends by <see cref="HttpClient"/>, from the loop or from the thread pool.</summary>
internal sealed class HandlerCaller(UringLoop loop, HttpClient http, bool isOnLoop) : ICaller
{
    private const int ReadBytes = 64 * 1024;

    public string Name => isOnLoop ? "HttpClient on the loop" : "HttpClient from the pool";

    public Task RunAsync(Func<Task> worker) => isOnLoop ? loop.RunAsync(worker) : Task.Run(worker);

    public Func<CancellationToken, Task> Prepare(SoakRequest request, Uri uri)
    {
        HttpRequestMessage message = NewMessage(request, uri);
        return cancellation => ExchangeAsync(request, message, cancellation);
    }

    /// <summary>The message for a request; also what a prepared one is made of.</summary>
    internal static HttpRequestMessage NewMessage(SoakRequest request, Uri uri)
    {
        var message = new HttpRequestMessage(request.Sent is null ? HttpMethod.Get : HttpMethod.Post, uri)
        {
            Content = request.Sent is null ? null : new SeededContent(request.SentBody, !request.IsChunked),
        };
        foreach ((string name, string value) in request.SentFields)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private async Task ExchangeAsync(SoakRequest request, HttpRequestMessage message, CancellationToken cancellation)
    {
        using HttpRequestMessage sent = message;
        using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var check = new AnswerCheck(request);
        foreach (KeyValuePair<string, HeaderStringValues> field in response.Headers.NonValidated)
        {
            check.AddField(field.Key, field.Value.ToString());
        }

        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        while (await body.ReadAsync(buffer, cancellation) is var count and > 0)
        {
            check.AddBody(buffer.AsSpan(0, count));
        }

        ArrayPool<byte>.Shared.Return(buffer); // not after a failed read: who knows who has it then
        string? trailer = response.TrailingHeaders.NonValidated.TryGetValues(ServerConnection.Trailer, out HeaderStringValues values)
            ? values.ToString()
            : null;
        check.End(response.StatusCode, trailer);
    }
}
