namespace UringHttp.Tests.Client.Differential;

/// <summary>Informational answers before the final one, asked for or not.</summary>
internal static class Interims
{
    private const string Ok = Exchange.Ok;
    private const string Continue = "HTTP/1.1 100 Continue\r\n\r\n";

    internal static IEnumerable<Exchange> All =>
    [
        .. Enumerable.Range(100, 100).Where(status => status != 101)
            .Select(status => Unasked($"{status}", $"HTTP/1.1 {status} x\r\n\r\n{Ok}")),
        Unasked("two of them", $"{Continue}{Continue}{Ok}"),
        Unasked("100, 102, 103", $"{Continue}HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 x\r\nLink: </a>\r\n\r\n{Ok}"),
        Unasked("with fields", $"HTTP/1.1 103 x\r\nLink: </a>\r\nServer: x\r\nSet-Cookie: a=b\r\n\r\n{Ok}"),
        Unasked("with a length", $"HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\n{Ok}"),
        Unasked("with a coding", $"HTTP/1.1 100 x\r\nTransfer-Encoding: chunked\r\n\r\n{Ok}"),
        Unasked("with Connection: x", $"HTTP/1.1 100 x\r\nConnection: x\r\n\r\n{Ok}"),
        Unasked("in HTTP/1.0", $"HTTP/1.0 100 x\r\n\r\n{Ok}"),
        Unasked("before 204", $"{Continue}HTTP/1.1 204 x\r\n\r\n"),
        Unasked("before 404", $"{Continue}HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"),
        Unasked("without an empty reason", $"HTTP/1.1 100\r\n\r\n{Ok}"),
        Unasked("only 100", Continue) with { StaysOpen = false },
        Unasked("only 103", "HTTP/1.1 103 x\r\n\r\n") with { StaysOpen = false },
        Unasked("100 with a bad field", $"HTTP/1.1 100 x\r\nA b\r\n\r\n{Ok}") with { StaysOpen = false },
        Unasked("100 and nonsense", $"{Continue}nonsense\r\n\r\n") with { StaysOpen = false },
        Unasked("101 unasked", "HTTP/1.1 101 x\r\n\r\nhello") with { StaysOpen = false },
        Unasked("101 unasked, with Upgrade", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello") with { StaysOpen = false },
        Unasked("101 with a length", "HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\nhello") with { StaysOpen = false },
        Unasked("101 behind 100", $"{Continue}HTTP/1.1 101 x\r\nUpgrade: x\r\n\r\nhello") with { StaysOpen = false },
        Unasked("101 asked for", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello") with
        {
            StaysOpen = false,
            Request = uri => Upgrading(uri),
        },
        Unasked("an upgrade that is refused", Ok) with { Request = uri => Upgrading(uri) },
        .. from answer in new[]
           {
               ("200", Ok), ("204", "HTTP/1.1 204 x\r\n\r\n"), ("404", "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"),
               ("500", "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"),
           }
           select new Exchange($"interim: expected, then {answer.Item1}", answer.Item2)
           {
               BeforeContent = Continue,
               StaysOpen = true,
               Request = uri => Expecting(uri, new StringContent("content")),
           },
        new("interim: expected after 103", Ok)
        {
            BeforeContent = $"HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n{Continue}",
            StaysOpen = true,
            Request = uri => Expecting(uri, new StringContent("content")),
        },
        new("interim: expected twice", Ok)
        {
            BeforeContent = $"{Continue}{Continue}",
            StaysOpen = true,
            Request = uri => Expecting(uri, new StringContent("content")),
        },
        new("interim: expected without a content", Ok) { StaysOpen = true, Request = uri => Expecting(uri, null) },
    ];

    private static HttpRequestMessage Upgrading(Uri uri)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "x");
        return request;
    }

    private static HttpRequestMessage Expecting(Uri uri, HttpContent? content) => new(HttpMethod.Post, uri)
    {
        Content = content,
        Headers = { ExpectContinue = true },
    };

    private static Exchange Unasked(string name, string answer) => new($"interim: {name}", answer) { StaysOpen = true };
}
