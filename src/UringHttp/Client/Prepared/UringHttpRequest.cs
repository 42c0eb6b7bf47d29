using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>
/// A request that is sent over and over by <see cref="UringHttpClient"/>: its head is checked and serialized once. Immutable; may be
/// under way many times at once, and with several clients of one loop.
/// </summary>
public sealed class UringHttpRequest
{
    /// <summary>The longest content, in bytes, that is kept behind the head and leaves with it in one send.</summary>
    private const int LongestJoined = 16 * 1024;

    private readonly HttpRequestMessage _message;
    private readonly byte[] _content;

    // The head as it was serialized last, and for which route: a service sends its requests by one.
    private HeadPreset? _route;
    private byte[] _bytes = [];

    /// <summary>Prepares what a message says: method, URI, headers and content, which must be in memory. Read now, never again.</summary>
    /// <exception cref="InvalidOperationException">The URI is missing, or not absolute.</exception>
    /// <exception cref="NotSupportedException">The scheme, the version or the framing is none that is spoken.</exception>
    /// <exception cref="HttpRequestException">The version cannot be had.</exception>
    public UringHttpRequest(HttpRequestMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _content = ReadContent(message.Content);
        _message = Copy(message, _content);
        if (RequestRules.Settle(_message) is { } refusal)
        {
            throw refusal;
        }

        if (_message.Headers.ExpectContinue == true || _message.Headers.TransferEncodingChunked == true)
        {
            throw new NotSupportedException(
                "A prepared request has its content in memory and sends it whole, without Expect: 100-continue and not chunked. "
                + "Use UringHttpHandler for those.");
        }

        Origin = Origin.Of(_message.RequestUri!);
        Kind = MethodKinds.Of(RequestHead.GetName(_message.Method).AsSpan());
        AnnouncesClose = RequestHead.AnnouncesClose(_message);
        MayPipeline = Kind is MethodKind.Get or MethodKind.Head && _message.Content is null && !AnnouncesClose
            && !_message.Headers.NonValidated.Contains("Upgrade");
    }

    /// <summary>Prepares a GET.</summary>
    /// <exception cref="InvalidOperationException">The URI is not absolute.</exception>
    /// <exception cref="NotSupportedException">The scheme is none that is spoken.</exception>
    public UringHttpRequest(Uri uri)
        : this(new HttpRequestMessage(HttpMethod.Get, uri))
    {
    }

    /// <summary>What is asked for.</summary>
    public Uri Uri => _message.RequestUri!;

    /// <summary>How it is asked for.</summary>
    public HttpMethod Method => _message.Method;

    internal Origin Origin { get; }

    internal MethodKind Kind { get; }

    internal bool AnnouncesClose { get; }

    /// <summary>Whether it may be sent before earlier ones are answered, and others before it is (RFC 9112 §9.3.2).</summary>
    internal bool MayPipeline { get; }

    /// <summary>What was prepared, as a message. Not to be changed.</summary>
    internal HttpRequestMessage Message => _message;

    /// <summary>The content that does not leave with the head; null when there is none.</summary>
    internal HttpContent? LongContent => _content.Length > LongestJoined ? _message.Content : null;

    /// <summary>Method and URI, for logs.</summary>
    public override string ToString() => $"{_message.Method} {_message.RequestUri}";

    /// <summary>Writes the head, and a short content behind it, behind what the buffer holds. Loop thread.</summary>
    internal void Write(SendBuffer buffer, HeadPreset route)
    {
        if (route != _route)
        {
            int start = buffer.Count;
            RequestHead.Write(buffer, _message, route, proxyAuthorization: null, cookies: null);
            if (LongContent is null)
            {
                Append(buffer, _content);
            }

            _bytes = buffer.Written[start..].ToArray();
            _route = route;
            return;
        }

        buffer.Open();
        Append(buffer, _bytes);
    }

    private static void Append(SendBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        while (buffer.Room.Length < bytes.Length)
        {
            buffer.Grow();
        }

        bytes.CopyTo(buffer.Room);
        buffer.Commit(bytes.Length);
    }

    private static byte[] ReadContent(HttpContent? content)
    {
        if (content is null)
        {
            return [];
        }

        using var copy = new MemoryStream();
        content.CopyTo(copy, null, CancellationToken.None);
        return copy.ToArray();
    }

    private static HttpRequestMessage Copy(HttpRequestMessage message, byte[] content)
    {
        var copy = new HttpRequestMessage(message.Method, message.RequestUri)
        {
            Version = message.Version,
            VersionPolicy = message.VersionPolicy,
            Content = message.Content is null ? null : new ByteArrayContent(content),
        };
        foreach (KeyValuePair<string, HeaderStringValues> field in message.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(field.Key, field.Value);
        }

        if (message.Content is not null)
        {
            foreach (KeyValuePair<string, HeaderStringValues> field in message.Content.Headers.NonValidated)
            {
                copy.Content!.Headers.TryAddWithoutValidation(field.Key, field.Value);
            }
        }

        return copy;
    }
}
