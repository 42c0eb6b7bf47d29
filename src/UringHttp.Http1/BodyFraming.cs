namespace UringHttp;

/// <summary>How the end of a body is found.</summary>
public enum FramingKind
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>The body has a known length.</summary>
    Length,

    /// <summary>The body is chunked.</summary>
    Chunked,

    /// <summary>The body ends where the peer closes the connection. Only responses, and the connection must close after it.</summary>
    UntilClose,
}

/// <summary>The framing of a body, decided from a head by the rules of RFC 9112 §6.3, in their order.</summary>
/// <remarks>
/// Stricter than the RFC in what smuggling lives on: Content-Length beside Transfer-Encoding is refused and not overruled, a
/// Transfer-Encoding is refused unless it is <c>chunked</c> alone, and any Transfer-Encoding is refused in HTTP/1.0.
/// A Content-Length given several times with one value (<c>5, 5</c>, or two fields) is taken in a response, as the RFC allows,
/// and refused in a request.
/// </remarks>
public readonly struct BodyFraming : IEquatable<BodyFraming>
{
    private BodyFraming(FramingKind kind, long length = 0)
    {
        Kind = kind;
        Length = length;
    }

    /// <summary>How the end of the body is found.</summary>
    public FramingKind Kind { get; }

    /// <summary>The length of the body in bytes if the kind is <see cref="FramingKind.Length"/>, else 0.</summary>
    public long Length { get; }

    /// <summary>True if not a single byte of body will come.</summary>
    public bool IsEmpty => Kind == FramingKind.None || (Kind == FramingKind.Length && Length == 0);

    private static BodyFraming None => default;

    private static BodyFraming Chunked => new(FramingKind.Chunked);

    private static BodyFraming UntilClose => new(FramingKind.UntilClose);

    /// <summary>The framing of a response.</summary>
    /// <param name="requestMethod">The method of the request it answers.</param>
    /// <param name="statusCode">Its status code.</param>
    /// <param name="version">Its version.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="framing">The framing, if true is returned.</param>
    /// <param name="error">The rule that is broken, if false is returned.</param>
    public static bool TryFromResponse(
        MethodKind requestMethod,
        int statusCode,
        ProtocolVersion version,
        HeaderView fields,
        out BodyFraming framing,
        out HttpProtocolError error)
    {
        framing = None;
        error = HttpProtocolError.None;

        // Rules 1 and 2: no body whatever the fields say. After a 2xx to CONNECT a tunnel begins.
        if (requestMethod == MethodKind.Head || statusCode is < 200 or 204 or 304
            || (requestMethod == MethodKind.Connect && statusCode is >= 200 and < 300))
        {
            return true;
        }

        // Rules 3 and 4.
        if (fields.Contains(KnownHeader.TransferEncoding))
        {
            framing = Chunked;
            error = CheckTransferEncoding(version, fields);
            return error == HttpProtocolError.None;
        }

        // Rules 5 and 6.
        if (fields.Contains(KnownHeader.ContentLength))
        {
            error = ReadContentLength(fields, mayRepeat: true, out var length);
            framing = new BodyFraming(FramingKind.Length, length);
            return error == HttpProtocolError.None;
        }

        // Rule 8.
        framing = UntilClose;
        return true;
    }

    /// <summary>The framing of a request.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="framing">The framing, if true is returned.</param>
    /// <param name="error">The rule that is broken, if false is returned.</param>
    public static bool TryFromRequest(ProtocolVersion version, HeaderView fields, out BodyFraming framing, out HttpProtocolError error)
    {
        // Rules 3 and 4.
        if (fields.Contains(KnownHeader.TransferEncoding))
        {
            framing = Chunked;
            error = CheckTransferEncoding(version, fields);
            return error == HttpProtocolError.None;
        }

        // Rules 5 and 6.
        if (fields.Contains(KnownHeader.ContentLength))
        {
            error = ReadContentLength(fields, mayRepeat: false, out var length);
            framing = new BodyFraming(FramingKind.Length, length);
            return error == HttpProtocolError.None;
        }

        // Rule 7.
        framing = None;
        error = HttpProtocolError.None;
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(BodyFraming other) => Kind == other.Kind && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BodyFraming other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Length);

    /// <summary>True if both frame a body in the same way.</summary>
    public static bool operator ==(BodyFraming left, BodyFraming right) => left.Equals(right);

    /// <summary>True if they frame a body in different ways.</summary>
    public static bool operator !=(BodyFraming left, BodyFraming right) => !left.Equals(right);

    /// <summary>For people: <c>None</c>, <c>Length 5</c>, <c>Chunked</c> or <c>UntilClose</c>.</summary>
    public override string ToString() => Kind == FramingKind.Length ? $"Length {Length}" : Kind.ToString();

    /// <summary>Passes a Transfer-Encoding that is <c>chunked</c>, once and alone; names what is wrong with any other.</summary>
    private static HttpProtocolError CheckTransferEncoding(ProtocolVersion version, HeaderView fields)
    {
        if (fields.Contains(KnownHeader.ContentLength))
        {
            return HttpProtocolError.LengthAndTransferEncoding;
        }

        if (version == ProtocolVersion.Http10)
        {
            return HttpProtocolError.TransferEncodingInHttp10;
        }

        var isChunked = false;
        for (var at = fields.IndexOf(KnownHeader.TransferEncoding); at >= 0; at = fields.IndexOf(KnownHeader.TransferEncoding, at + 1))
        {
            var codings = fields[at].Value;
            while (Tokens.TryTakeElement(ref codings, out var coding))
            {
                if (!Tokens.EqualsIgnoreCase(coding, "chunked"u8))
                {
                    return HttpProtocolError.UnsupportedTransferCoding;
                }

                if (isChunked)
                {
                    return HttpProtocolError.RepeatedChunked;
                }

                isChunked = true;
            }
        }

        return isChunked ? HttpProtocolError.None : HttpProtocolError.EmptyTransferEncoding;
    }

    private static HttpProtocolError ReadContentLength(HeaderView fields, bool mayRepeat, out long length)
    {
        length = -1;
        for (var at = fields.IndexOf(KnownHeader.ContentLength); at >= 0; at = fields.IndexOf(KnownHeader.ContentLength, at + 1))
        {
            // An empty element is no number: unlike other lists, this one is never meant to be one.
            var rest = fields[at].Value;
            int comma;
            do
            {
                comma = rest.IndexOf((byte)',');
                var error = ReadNumber(Tokens.Trim(comma < 0 ? rest : rest[..comma]), out var value);
                if (error != HttpProtocolError.None)
                {
                    return error;
                }

                if (length >= 0 && !mayRepeat)
                {
                    return HttpProtocolError.RepeatedContentLength;
                }

                if (length >= 0 && length != value)
                {
                    return HttpProtocolError.DifferingContentLengths;
                }

                length = value;
                rest = rest[(comma + 1)..];
            }
            while (comma >= 0);
        }

        return HttpProtocolError.None;
    }

    private static HttpProtocolError ReadNumber(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return HttpProtocolError.InvalidContentLength;
        }

        foreach (var digit in digits)
        {
            var next = digit - '0';
            if (value > (long.MaxValue - next) / 10)
            {
                return HttpProtocolError.ContentLengthOverflow;
            }

            value = (value * 10) + next;
        }

        return HttpProtocolError.None;
    }
}
