namespace UringHttp.Tests.Client.Differential;

/// <summary>Answers that break off: each of several, at each of its bytes.</summary>
internal static class Cuts
{
    private static readonly (string Name, string Answer)[] Answers =
    [
        ("a length", "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello"),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"),
        ("until close", "HTTP/1.0 200 OK\r\nA: b\r\n\r\nhello"),
        ("a 100 before it", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("no content", "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"),
        ("a redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nok"),
    ];

    internal static IEnumerable<Exchange> All =>
    [
        .. from answer in Answers
           from length in Enumerable.Range(0, answer.Answer.Length + 1)
           select new Exchange($"cut: {answer.Name}, after {length} bytes", answer.Answer[..length]),
        .. from method in new[] { "HEAD", "POST", "PUT", "DELETE", "PATCH" }
           from hasContent in new[] { false, true }
           select new Exchange($"cut: {method} {(hasContent ? "with" : "without")} a content gets nothing", string.Empty)
           {
               Request = uri => new HttpRequestMessage(new HttpMethod(method), uri)
               {
                   Content = hasContent ? new StringContent("content") : null,
               },
           },
    ];
}
