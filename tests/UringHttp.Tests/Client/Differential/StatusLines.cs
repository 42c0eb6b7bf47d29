namespace UringHttp.Tests.Client.Differential;

/// <summary>Status lines: valid, odd, wrong.</summary>
internal static class StatusLines
{
    private const string Rest = "\r\nContent-Length: 0\r\n\r\n";

    private static readonly string[] Lines =
    [
        "HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.1 200  two spaces", "HTTP/1.1 200\tOK", "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK", "HTTP/1.1 200 caf\u00e9", "HTTP/1.1 200 caf\u00c3\u00a9", "HTTP/1.1 200 a\0b", "HTTP/1.1 200 a\u0001b",
        "HTTP/1.1 200 a\u007fb", "HTTP/1.1 200 a\tb", "HTTP/1.1 200 trailing ", "HTTP/1.1 200OK", "HTTP/1.1 2000 OK", "HTTP/1.1 20 OK",
        "HTTP/1.1 2 OK", "HTTP/1.1  OK", "HTTP/1.1 OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 -20 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 2a0 OK",
        "HTTP/1.1 \u00b200 OK", "HTTP/1.1 000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 999 OK", "HTTP/1.1 418 I'm a teapot",
        "HTTP/1.1 299 Own", "HTTP/1.1 200 Not Found", "HTTP/1.1 404 OK", "HTTP/1.1 500 ", "HTTP/1.0 200 OK", "HTTP/1.2 200 OK",
        "HTTP/1.9 200 OK", "HTTP/0.9 200 OK", "HTTP/2.0 200 OK", "HTTP/2 200 OK", "HTTP/3.0 200 OK", "HTTP/1.10 200 OK",
        "HTTP/01.1 200 OK", "HTTP/1.1x 200 OK", "HTTP/1,1 200 OK", "HTTP/1. 200 OK", "HTTP/.1 200 OK", "http/1.1 200 OK",
        "Http/1.1 200 OK", "HTTPS/1.1 200 OK", "HTTP 200 OK", "HTTP/ 200 OK", "ICY 200 OK", "ICE/1.1 200 OK", " HTTP/1.1 200 OK",
        "\tHTTP/1.1 200 OK", "\0HTTP/1.1 200 OK", "\u00ef\u00bb\u00bfHTTP/1.1 200 OK", "SSH-2.0-OpenSSH_9.2p1", "220 mail.example ESMTP",
        "<html>", "{}", "\u0015\u0003\u0001\0\u0002\u0002\u0028", "\r\nHTTP/1.1 200 OK", "\nHTTP/1.1 200 OK", "\r\n\r\nHTTP/1.1 200 OK",
        "\rHTTP/1.1 200 OK", "", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 O\rK", "HTTP/1.1 200 OK\nX: y", "HTTP/1.1 200\nX: y",
        "HTTP/1.1 200\r",
    ];

    internal static IEnumerable<Exchange> All =>
    [
        .. Lines.Select(line => New(Exchange.Visible(line), $"{line}{Rest}")),
        New("long reason", $"HTTP/1.1 200 {new string('r', 5000)}{Rest}"),
        New("reason longer than the limit", $"HTTP/1.1 200 {new string('r', 70_000)}{Rest}"),
        New("bare LF everywhere", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
        New("nothing at all", string.Empty),
        .. Enumerable.Range(200, 400).Select(status => New($"{status}", $"HTTP/1.1 {status} x{Rest}")),
    ];

    /// <summary>Each byte there is, in a reason.</summary>
    internal static IEnumerable<Exchange> Bytes => Enumerable.Range(0, 256)
        .Select(one => New($"reason with byte {one:X2}", $"HTTP/1.1 200 a{(char)one}b{Rest}"));

    private static Exchange New(string name, string answer) => new($"status line: {name}", answer);
}
