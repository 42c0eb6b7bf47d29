using System.Text;

namespace UringHttp;

/// <summary>A way through an HTTP proxy for bytes that it does not understand: CONNECT (RFC 9110 §9.3.6).</summary>
internal static class HttpTunnel
{
    /// <summary>Opens it; afterwards the stream leads to the origin.</summary>
    /// <exception cref="HttpRequestException">The proxy refuses, or speaks nonsense.</exception>
    /// <exception cref="IOException">The connection failed.</exception>
    internal static async Task OpenAsync(Stream stream, Route route, string? authorization, HttpLimits limits, CancellationToken token)
    {
        await stream.WriteAsync(WriteHead(route.Origin, authorization), token).ConfigureAwait(false);
        var parser = new ResponseHeadParser(limits);
        byte[] buffer = new byte[limits.MaxResponseHeadBytes];
        int received = 0;
        while (true)
        {
            int count = received == buffer.Length
                ? 0
                : await stream.ReadAsync(buffer.AsMemory(received), token).ConfigureAwait(false);
            if (count == 0)
            {
                throw HttpErrors.TunnelFailed(route, "It closed the connection before it answered.", null);
            }

            received += count;
            if (IsOpen(parser, buffer.AsSpan(0, received), route, out int interim))
            {
                return;
            }

            received -= interim;
            buffer.AsSpan(interim, received).CopyTo(buffer);
        }
    }

    private static byte[] WriteHead(Origin origin, string? authorization)
    {
        string authority = origin.ToAuthority();
        string head = $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n";
        return Encoding.ASCII.GetBytes(authorization is null ? $"{head}\r\n" : $"{head}Proxy-Authorization: {authorization}\r\n\r\n");
    }

    /// <summary>Whether the proxy has said yes. Interim answers in front are to be dropped.</summary>
    private static bool IsOpen(ResponseHeadParser parser, ReadOnlySpan<byte> received, Route route, out int interim)
    {
        interim = 0;
        while (true)
        {
            switch (parser.Parse(received[interim..], out int length))
            {
                case ParseStatus.NeedMore:
                    return false;
                case ParseStatus.Invalid:
                    string rule = HttpProtocolErrors.Describe(parser.Error);
                    throw HttpErrors.TunnelFailed(route, $"Its answer is not HTTP: {rule} (at byte {parser.ErrorOffset}).", null);
            }

            if (parser.StatusCode >= 200)
            {
                return Check(parser.StatusCode, received.Length - interim - length, route);
            }

            interim += length;
        }
    }

    private static bool Check(int status, int surplus, Route route)
    {
        if (status >= 300)
        {
            string remedy = status == 407 ? $" It wants credentials: {HttpErrors.ProxyCredentials}." : string.Empty;
            throw HttpErrors.TunnelFailed(route, $"It answered with status {status}.{remedy}", status);
        }

        return surplus == 0
            ? true
            : throw HttpErrors.TunnelFailed(route, $"{surplus} bytes came behind its answer that nobody can have sent yet.", null);
    }
}
