using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace UringHttp;

/// <summary>Serializes the head of a request.</summary>
internal static class RequestHead
{
    /// <summary>Writes the head into the buffer, which grows as needed.</summary>
    /// <exception cref="HttpRequestException">Method, target or a field holds what no message may hold. Nothing is sent.</exception>
    internal static void Write(
        SendBuffer buffer, HttpRequestMessage request, HeadPreset preset, string? proxyAuthorization, string? cookies)
    {
        buffer.Open();
        while (true)
        {
            var writer = new HeadWriter(buffer.Room);
            string? culprit = null;
            switch (Write(ref writer, request, preset, proxyAuthorization, cookies, ref culprit))
            {
                case WriteStatus.Written:
                    buffer.Commit(writer.Written);
                    return;
                case WriteStatus.Refused:
                    throw new HttpRequestException(
                        HttpRequestError.Unknown,
                        $"The request was not sent: {culprit} is not allowed. {HttpProtocolErrors.Describe(writer.Error)}");
                default:
                    buffer.Grow();
                    break;
            }
        }
    }

    /// <summary>Whether the request says that its connection must close after it.</summary>
    internal static bool AnnouncesClose(HttpRequestMessage request) =>
        (request.Headers.NonValidated.Count > 0 && request.Headers.ConnectionClose == true) || request.Version == HttpVersion.Version10;

    private static WriteStatus Write(
        ref HeadWriter writer,
        HttpRequestMessage request,
        HeadPreset preset,
        string? proxyAuthorization,
        string? cookies,
        ref string? culprit)
    {
        WriteStatus status = WriteRequestLine(ref writer, request, preset, ref culprit);
        if (status == WriteStatus.Written)
        {
            status = WriteHost(ref writer, request, preset, ref culprit);
        }

        if (status == WriteStatus.Written)
        {
            status = WriteFields(ref writer, request, request.Headers.NonValidated, preset, ref cookies, ref culprit);
        }

        if (status == WriteStatus.Written && proxyAuthorization is not null)
        {
            culprit = "the field Proxy-Authorization";
            status = writer.Field("Proxy-Authorization"u8, proxyAuthorization);
        }

        if (status == WriteStatus.Written && cookies is not null)
        {
            culprit = "the field Cookie";
            status = WriteField(ref writer, "Cookie", cookies, preset.Encodings?.Invoke("Cookie", request));
        }

        if (status == WriteStatus.Written)
        {
            status = request.Content is not null
                ? WriteFields(ref writer, request, request.Content.Headers.NonValidated, preset, ref cookies, ref culprit)
                : WriteZeroLength(ref writer, request.Method);
        }

        return status == WriteStatus.Written ? writer.End() : status;
    }

    private static WriteStatus WriteRequestLine(
        ref HeadWriter writer, HttpRequestMessage request, HeadPreset preset, ref string? culprit)
    {
        culprit = "the request line";
        ProtocolVersion version = request.Version == HttpVersion.Version10 ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        Uri uri = request.RequestUri!;
        string target = preset.IsAbsolute ? uri.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped) : uri.PathAndQuery;
        return writer.RequestLine(GetName(request.Method), target, version);
    }

    /// <summary>
    /// The name to send. Methods are case-sensitive on the wire, but <see cref="HttpMethod"/> compares without case: one that equals
    /// a known method is sent, and its response framed, as that method.
    /// </summary>
    internal static string GetName(HttpMethod method) => method switch
    {
        _ when method == HttpMethod.Get => "GET",
        _ when method == HttpMethod.Head => "HEAD",
        _ when method == HttpMethod.Post => "POST",
        _ when method == HttpMethod.Put => "PUT",
        _ when method == HttpMethod.Delete => "DELETE",
        _ when method == HttpMethod.Options => "OPTIONS",
        _ when method == HttpMethod.Patch => "PATCH",
        _ when method == HttpMethod.Trace => "TRACE",
        _ when method == HttpMethod.Connect => "CONNECT",
        _ => method.Method,
    };

    private static WriteStatus WriteHost(ref HeadWriter writer, HttpRequestMessage request, HeadPreset preset, ref string? culprit)
    {
        culprit = "the field Host";
        bool hasOwn = request.Headers.NonValidated.Count > 0;
        return hasOwn && request.Headers.Host is { } own
            ? WriteField(ref writer, "Host", own, preset.Encodings?.Invoke("Host", request))
            : writer.Field("Host"u8, preset.Host);
    }

    /// <summary>Writes fields; the cookies, which become null, where the request has a field Cookie of its own.</summary>
    private static WriteStatus WriteFields(
        ref HeadWriter writer,
        HttpRequestMessage request,
        HttpHeadersNonValidated fields,
        HeadPreset preset,
        ref string? cookies,
        ref string? culprit)
    {
        foreach (KeyValuePair<string, HeaderStringValues> field in fields)
        {
            if (field.Key.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            culprit = field.Key;
            Encoding? encoding = preset.Encodings?.Invoke(field.Key, request);
            WriteStatus status = WriteField(ref writer, field.Key, field.Value, encoding);
            if (status == WriteStatus.Written && cookies is not null && field.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            {
                status = Append(ref writer, "; "u8, cookies, encoding);
                cookies = null;
            }

            if (status != WriteStatus.Written)
            {
                return status;
            }
        }

        return WriteStatus.Written;
    }

    private static WriteStatus WriteField(ref HeadWriter writer, string name, HeaderStringValues values, Encoding? encoding)
    {
        var status = WriteStatus.Written;
        bool first = true;
        foreach (string value in values)
        {
            status = first ? WriteField(ref writer, name, value, encoding) : Append(ref writer, GetSeparator(name), value, encoding);
            if (status != WriteStatus.Written)
            {
                break;
            }

            first = false;
        }

        return status;
    }

    private static WriteStatus WriteField(ref HeadWriter writer, string name, string value, Encoding? encoding)
    {
        if (encoding is null)
        {
            return writer.Field(name, value);
        }

        WriteStatus status = writer.Field(name, string.Empty);
        return status == WriteStatus.Written ? Append(ref writer, default, value, encoding) : status;
    }

    private static WriteStatus Append(ref HeadWriter writer, ReadOnlySpan<byte> separator, string value, Encoding? encoding) =>
        encoding is null ? writer.AppendToField(separator, value) : writer.AppendToField(separator, encoding.GetBytes(value));

    /// <summary>What stands between several values of one field: a comma, but for the two fields whose syntax has none.</summary>
    private static ReadOnlySpan<byte> GetSeparator(string name) => name switch
    {
        _ when name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) => " "u8,
        _ when name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) => "; "u8,
        _ => ", "u8,
    };

    /// <summary>RFC 9110 §8.6: a method that gives its content a meaning says so when there is none.</summary>
    private static WriteStatus WriteZeroLength(ref HeadWriter writer, HttpMethod method)
    {
        bool bodiless = method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Delete
            || method == HttpMethod.Options || method == HttpMethod.Connect || method == HttpMethod.Trace;
        return bodiless ? WriteStatus.Written : writer.Field("Content-Length"u8, 0);
    }
}
