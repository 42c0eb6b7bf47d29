using System.Net.Sockets;
using System.Text;

namespace UringHttp.Soak;

/// <summary>
/// A connection of the server: reads a request, answers it as its target says, and tells in the answer's fields what it has received.
/// </summary>
internal sealed class ServerConnection(Socket socket, Stream stream)
{
    /// <summary>The field that says the checksum over the fields of the request.</summary>
    public const string SeenHead = "Seen-Head";

    /// <summary>The field that says the checksum over the content of the request.</summary>
    public const string SeenBody = "Seen-Body";

    /// <summary>The trailer behind each chunked body: the seed.</summary>
    public const string Trailer = "Trailer-Seed";

    private const int DripPieces = 12;
    private const int LongestDripMilliseconds = 4;

    public async Task RunAsync(CancellationToken end)
    {
        using var reader = new RequestReader(stream);
        while (await reader.ReadHeadAsync(end) is { } head)
        {
            Checksum body = await reader.ReadBodyAsync(head, end);
            var request = SoakRequest.Parse(head.Target);
            if (!await AnswerAsync(request, HeadOf(request, SeededFields.Sum(head.Fields), body), reader, end))
            {
                return;
            }
        }
    }

    private static byte[] HeadOf(SoakRequest request, Checksum head, Checksum body)
    {
        StringBuilder text = new StringBuilder()
            .Append("HTTP/1.1 200 OK\r\n")
            .Append(SeenHead).Append(": ").Append(head).Append("\r\n")
            .Append(SeenBody).Append(": ").Append(body).Append("\r\n");
        foreach ((string name, string value) in request.ReceivedFields)
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        text.Append(request.Form switch
        {
            BodyForm.Length => $"Content-Length: {request.Received}\r\n",
            BodyForm.Chunked => "Transfer-Encoding: chunked\r\n",
            _ => "Connection: close\r\n",
        });
        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    /// <summary>False when the connection is done with.</summary>
    private async Task<bool> AnswerAsync(SoakRequest request, byte[] head, RequestReader reader, CancellationToken end)
    {
        switch (request.Way)
        {
            case AnswerWay.NoAnswer:
                return false;
            case AnswerWay.BadHead:
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nName : space before the colon\r\n\r\n"u8.ToArray(), end);
                return false;
            case AnswerWay.BadChunk:
                await WriteAsync(request, head, request.Received / 2, end);
                await stream.WriteAsync("size\r\n"u8.ToArray(), end);
                return false;
            case AnswerWay.Reset:
                await WriteAsync(request, head, request.Received / 2, end);
                socket.LingerState = new LingerOption(true, 0);
                return false;
            case AnswerWay.Early:
                await WriteAsync(request, head, request.Received / 2, end);
                return false;
            case AnswerWay.Stall:
                await WriteAsync(request, head, request.Received / 2, end);
                await reader.AwaitEndAsync(end);
                return false;
            default:
                await WriteAsync(request, head, request.Received, end);
                return request.Way != AnswerWay.ThenClose && request.Form != BodyForm.UntilClose;
        }
    }

    /// <summary>Writes the head and so much of the body, with the body's end where that is all of it.</summary>
    private async Task WriteAsync(SoakRequest request, byte[] head, long count, CancellationToken end)
    {
        await stream.WriteAsync(head, end);
        var random = new Random(request.Seed);
        bool isChunked = request.Form == BodyForm.Chunked;
        int longest = request.Way == AnswerWay.Drip ? (int)(request.Received / DripPieces) + 1 : int.MaxValue;
        for (long at = 0; at < count;)
        {
            ReadOnlyMemory<byte> run = request.ReceivedBody.RunAt(at);
            run = run[..(int)Math.Min(Math.Min(run.Length, longest), count - at)];
            if (isChunked)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes($"{run.Length:x}\r\n"), end);
            }

            await stream.WriteAsync(run, end);
            at += run.Length;
            if (isChunked)
            {
                await stream.WriteAsync("\r\n"u8.ToArray(), end);
            }

            if (request.Way == AnswerWay.Drip)
            {
                await Task.Delay(random.Next(LongestDripMilliseconds), end);
            }
        }

        if (isChunked && count == request.Received)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"0\r\n{Trailer}: {request.Seed}\r\n\r\n"), end);
        }
    }
}
