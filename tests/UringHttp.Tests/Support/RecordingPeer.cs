using System.Collections.Concurrent;
using System.Text;

namespace UringHttp.Tests.Support;

/// <summary>A peer that answers each request by what it says, and keeps what it was asked, to compare with another client's.</summary>
internal sealed class RecordingPeer : IAsyncDisposable
{
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly ScriptedPeer _peer;

    /// <summary>Answers with what the function makes of a request: raw bytes, as Latin-1. {port} stands for the peer's port.</summary>
    /// <param name="answer">The answer to a request.</param>
    /// <param name="closes">Whether it closes after an answer, beside those that say so.</param>
    /// <param name="beforeContent">What it says between the head and the content of a request that expects it.</param>
    internal RecordingPeer(
        Func<RecordedRequest, string> answer, Func<RecordedRequest, bool>? closes = null, string beforeContent = "")
        => _peer = new ScriptedPeer(async connection =>
    {
        while (await connection.ReadHeadAsync() is { } head)
        {
            if (head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase))
            {
                await connection.WriteAsync(beforeContent);
            }

            RecordedRequest request = await ReadRequestAsync(connection, head);
            _requests.Enqueue(request);
            string raw = answer(request).Replace("{port}", $"{_peer!.Port}", StringComparison.Ordinal);
            await connection.WriteAsync(raw);
            if (raw.Contains("Connection: close", StringComparison.OrdinalIgnoreCase) || closes?.Invoke(request) == true)
            {
                return;
            }
        }
    });

    internal int Port => _peer.Port;

    internal Uri Uri => _peer.Uri;

    internal int Accepted => _peer.Accepted;

    internal IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    private static async Task<RecordedRequest> ReadRequestAsync(PeerConnection connection, string head)
    {
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var request = new RecordedRequest(connection.Index, lines[0], lines[1..]) { Head = head };
        if (int.TryParse(request.Field("Content-Length"), out int length))
        {
            request.Body = Encoding.Latin1.GetString(await connection.ReadAsync(length));
        }
        else if (request.Field("Transfer-Encoding") == "chunked")
        {
            request.Body = await connection.ReadChunkedAsync();
        }

        return request;
    }
}

/// <summary>One request as it came in.</summary>
internal sealed class RecordedRequest(int connection, string line, string[] fields)
{
    /// <summary>The number of its connection, from 0.</summary>
    internal int Connection => connection;

    internal string Line => line;

    internal string Method => line.Split(' ')[0];

    internal string Target => line.Split(' ')[1];

    /// <summary>The head as it came, with its last empty line.</summary>
    internal required string Head { get; init; }

    internal string Body { get; set; } = string.Empty;

    /// <summary>The value of a field; null without it.</summary>
    internal string? Field(string name) => fields
        .FirstOrDefault(field => field.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    /// <summary>All of it, with the fields in alphabetical order, and the port of its peer as a word.</summary>
    internal string Describe(int port) =>
        $"{line}\n  {string.Join("\n  ", fields.Order(StringComparer.OrdinalIgnoreCase))}\n  [{Body}]\n"
            .Replace($":{port}", ":PORT", StringComparison.Ordinal);
}
