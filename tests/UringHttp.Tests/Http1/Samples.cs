namespace UringHttp.Tests.Http1;

/// <summary>Messages as programs of this world send them.</summary>
internal static class Samples
{
    /// <summary>The head of a small file from nginx: eight fields.</summary>
    public const string Nginx =
        "HTTP/1.1 200 OK\r\n"
        + "Server: nginx/1.25.3\r\n"
        + "Date: Tue, 17 Nov 2026 08:12:31 GMT\r\n"
        + "Content-Type: text/html\r\n"
        + "Content-Length: 615\r\n"
        + "Last-Modified: Tue, 24 Oct 2023 13:46:47 GMT\r\n"
        + "Connection: keep-alive\r\n"
        + "ETag: \"6537cac7-267\"\r\n"
        + "Accept-Ranges: bytes\r\n"
        + "\r\n";

    /// <summary>The head of a request from curl.</summary>
    public const string Curl =
        "GET /index.html?x=1 HTTP/1.1\r\n"
        + "Host: localhost:8080\r\n"
        + "User-Agent: curl/8.5.0\r\n"
        + "Accept: */*\r\n"
        + "\r\n";
}
