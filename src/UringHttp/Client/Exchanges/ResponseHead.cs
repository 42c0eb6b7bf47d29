using System.Net;
using System.Text;
using System.Text.Unicode;

namespace UringHttp;

/// <summary>
/// Turns parsed heads into the objects that users of <see cref="HttpClient"/> get. One for each pool: what a server says on one
/// connection, it says on the others. Loop thread.
/// </summary>
/// <param name="encodings">Says how the values of a field are encoded; null for Latin-1.</param>
internal sealed class ResponseHead(HeaderEncodingSelector<HttpRequestMessage>? encodings)
{
    /// <summary>Longer values are not kept: they are seldom the same twice.</summary>
    private const int LongestKept = 128;

    /// <summary>
    /// The last value of each known field. A server says most of them (Server, Content-Type, Date for a second) again and again,
    /// and a string that is there costs a comparison instead of an allocation.
    /// </summary>
    private readonly string?[] _kept = new string?[KnownHeaders.Count];

    /// <summary>Makes a response.</summary>
    internal HttpResponseMessage Create(
        ResponseHeadParser parser, ReadOnlySpan<byte> head, HttpRequestMessage request, HttpContent content)
    {
        var response = new HttpResponseMessage((HttpStatusCode)parser.StatusCode)
        {
            Version = parser.Version == ProtocolVersion.Http10 ? HttpVersion.Version10 : HttpVersion.Version11,
            RequestMessage = request,
            Content = content,
        };
        SetReason(response, parser.ReasonPhrase(head));
        AddFields(response, parser.View(head), request);
        return response;
    }

    /// <summary>How the values of fields are encoded in what answers a request; null for Latin-1.</summary>
    internal Func<string, Encoding?>? EncodingsFor(HttpRequestMessage request) =>
        encodings is null ? null : name => encodings(name, request);

    /// <summary>The reason that every status has by default needs no string of its own.</summary>
    private static void SetReason(HttpResponseMessage response, ReadOnlySpan<byte> reason)
    {
        if (!Ascii.Equals(reason, response.ReasonPhrase ?? string.Empty))
        {
            response.ReasonPhrase = Encoding.Latin1.GetString(reason);
        }
    }

    /// <summary>Fields that describe the content; all others that are known are the response's own.</summary>
    private static bool IsOfContent(KnownHeader known) => known
        is KnownHeader.Allow or KnownHeader.ContentDisposition or KnownHeader.ContentEncoding or KnownHeader.ContentLanguage
        or KnownHeader.ContentLength or KnownHeader.ContentLocation or KnownHeader.ContentRange or KnownHeader.ContentType
        or KnownHeader.Expires or KnownHeader.LastModified;

    private void AddFields(HttpResponseMessage response, HeaderView fields, HttpRequestMessage request)
    {
        foreach (HeaderField field in fields)
        {
            string name = field.Known == KnownHeader.None ? Encoding.ASCII.GetString(field.Name) : KnownHeaders.Name(field.Known);
            string value = encodings?.Invoke(name, request) is { } encoding ? encoding.GetString(field.Value) : GetValue(field);

            // A name that is not known here may still be one of the content's (Content-MD5): the collections refuse what is not theirs.
            if (IsOfContent(field.Known) || !response.Headers.TryAddWithoutValidation(name, value))
            {
                response.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    private string GetValue(HeaderField field)
    {
        ref string? kept = ref _kept[(int)field.Known];
        if (kept is not null && Ascii.Equals(field.Value, kept))
        {
            return kept;
        }

        string value = Decode(field);
        if (field.Known != KnownHeader.None && value.Length <= LongestKept)
        {
            kept = value;
        }

        return value;
    }

    /// <summary>Latin-1, which gives each byte a character; but servers write a location with other letters in UTF-8.</summary>
    private static string Decode(HeaderField field) => field.Known == KnownHeader.Location && Utf8.IsValid(field.Value)
        ? Encoding.UTF8.GetString(field.Value)
        : Encoding.Latin1.GetString(field.Value);
}
