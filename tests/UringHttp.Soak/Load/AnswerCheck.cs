using System.Globalization;
using System.Net;

namespace UringHttp.Soak;

/// <summary>Compares an answer with what was asked for: the heads and bodies of both directions, by their checksums.</summary>
internal sealed class AnswerCheck(SoakRequest request)
{
    private readonly List<KeyValuePair<string, string>> _fields = [];
    private Checksum _body;
    private string? _seenHead;
    private string? _seenBody;

    /// <summary>Takes a field of the answer's head.</summary>
    public void AddField(string name, string value)
    {
        switch (name)
        {
            case ServerConnection.SeenHead:
                _seenHead = value;
                break;
            case ServerConnection.SeenBody:
                _seenBody = value;
                break;
            default:
                _fields.Add(new(name, value));
                break;
        }
    }

    /// <summary>Takes the next bytes of the answer's body.</summary>
    public void AddBody(ReadOnlySpan<byte> bytes) => _body.Add(bytes);

    /// <summary>Compares, when all has been taken.</summary>
    /// <exception cref="SoakException">Something is not what it must be.</exception>
    public void End(HttpStatusCode status, string? trailer)
    {
        Compare("the status", $"{status}", $"{HttpStatusCode.OK}");
        Compare("the request's fields, as the server has seen them", _seenHead, $"{SeededFields.Sum(request.SentFields)}");
        Compare("the request's content, as the server has seen it", _seenBody, $"{request.SentBody.Checksum}");
        Compare("the answer's fields", $"{SeededFields.Sum(_fields)}", $"{SeededFields.Sum(request.ReceivedFields)}");
        Compare("the answer's body", $"{_body}", $"{request.ReceivedBody.Checksum}");
        string? expected = request.Form == BodyForm.Chunked ? request.Seed.ToString(CultureInfo.InvariantCulture) : null;
        Compare("the answer's trailer", trailer, expected);
    }

    private void Compare(string what, string? actual, string? expected)
    {
        if (actual != expected)
        {
            throw new SoakException($"{request}: {what}: {actual ?? "nothing"} instead of {expected ?? "nothing"}.");
        }
    }
}
