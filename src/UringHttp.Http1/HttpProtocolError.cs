namespace UringHttp;

/// <summary>The rule of HTTP/1.1 that a message breaks. <see cref="HttpProtocolErrors.Describe"/> says it in words.</summary>
public enum HttpProtocolError
{
    /// <summary>No rule is broken.</summary>
    None,

    // Start lines.

    /// <summary>Where <c>HTTP/</c> must stand are other bytes.</summary>
    NotHttp,

    /// <summary>The version is not HTTP/1.x.</summary>
    UnsupportedVersion,

    /// <summary>The status code is not three digits from 100 to 999.</summary>
    InvalidStatusCode,

    /// <summary>The reason phrase holds a control character.</summary>
    InvalidReasonPhrase,

    /// <summary>The method is not a token.</summary>
    InvalidMethod,

    /// <summary>The request target is empty, or holds a byte that is not visible ASCII.</summary>
    InvalidTarget,

    /// <summary>Something follows the version in the request line.</summary>
    InvalidRequestLine,

    /// <summary>The request line is longer than <see cref="HttpLimits.MaxRequestLineBytes"/>.</summary>
    RequestLineTooLong,

    // Field lines.

    /// <summary>A CR is not followed by LF.</summary>
    BareCarriageReturn,

    /// <summary>A line ends in LF without CR.</summary>
    BareLineFeed,

    /// <summary>A line starts with white space: a folded field value, or space before the first field.</summary>
    ObsoleteFold,

    /// <summary>A field line starts with its colon.</summary>
    EmptyFieldName,

    /// <summary>A field name holds a byte that is not a token character.</summary>
    InvalidFieldName,

    /// <summary>White space stands between a field name and the colon.</summary>
    WhitespaceBeforeColon,

    /// <summary>A field line has no colon.</summary>
    MissingColon,

    /// <summary>A field value holds a control character.</summary>
    InvalidFieldValue,

    /// <summary>The head is longer than the limit for its kind.</summary>
    HeadTooLarge,

    /// <summary>There are more fields than the limit for their section.</summary>
    TooManyFields,

    /// <summary>An HTTP/1.1 request has no Host field.</summary>
    MissingHost,

    /// <summary>A request has more than one Host field.</summary>
    RepeatedHost,

    // Framing.

    /// <summary>Both Content-Length and Transfer-Encoding are present.</summary>
    LengthAndTransferEncoding,

    /// <summary>Content-Length is not a number made of digits alone.</summary>
    InvalidContentLength,

    /// <summary>Content-Length is above 9,223,372,036,854,775,807.</summary>
    ContentLengthOverflow,

    /// <summary>Content-Length is given more than once with different values.</summary>
    DifferingContentLengths,

    /// <summary>A request gives Content-Length more than once.</summary>
    RepeatedContentLength,

    /// <summary>A message of HTTP/1.0 has Transfer-Encoding.</summary>
    TransferEncodingInHttp10,

    /// <summary>Transfer-Encoding names no coding.</summary>
    EmptyTransferEncoding,

    /// <summary>Transfer-Encoding names a coding other than chunked.</summary>
    UnsupportedTransferCoding,

    /// <summary>Transfer-Encoding names chunked more than once.</summary>
    RepeatedChunked,

    // Chunked bodies.

    /// <summary>A chunk size is not made of hexadecimal digits alone.</summary>
    InvalidChunkSize,

    /// <summary>A chunk size has more digits than <see cref="HttpLimits.MaxChunkSizeDigits"/>.</summary>
    ChunkSizeTooLong,

    /// <summary>A chunk size is above 9,223,372,036,854,775,807.</summary>
    ChunkSizeOverflow,

    /// <summary>A chunk extension holds a control character.</summary>
    InvalidChunkExtension,

    /// <summary>The chunk extensions of a message are longer than <see cref="HttpLimits.MaxChunkExtensionBytes"/>.</summary>
    ChunkExtensionsTooLarge,

    /// <summary>The data of a chunk is not followed by CR LF.</summary>
    ChunkNotTerminated,

    /// <summary>The trailer section is longer than <see cref="HttpLimits.MaxTrailerBytes"/>.</summary>
    TrailersTooLarge,

    // Writing.

    /// <summary>A value to be written has a character that the chosen <see cref="HeadEncoding"/> cannot express.</summary>
    UnencodableCharacter,
}

/// <summary>Puts <see cref="HttpProtocolError"/> into words.</summary>
public static class HttpProtocolErrors
{
    /// <summary>One sentence that names what is wrong, and the section of the RFC that says so.</summary>
    /// <remarks>It holds no bytes of the message, so it can be logged and shown without care. A constant: nothing is allocated.</remarks>
    public static string Describe(this HttpProtocolError error) => error switch
    {
        HttpProtocolError.None =>
            "No rule is broken.",
        HttpProtocolError.NotHttp =>
            "Other bytes stand where 'HTTP/' must: the peer does not speak HTTP/1 here (RFC 9112 §2.3).",
        HttpProtocolError.UnsupportedVersion =>
            "The version is not HTTP/1.x (RFC 9112 §2.3).",
        HttpProtocolError.InvalidStatusCode =>
            "The status code is not three digits from 100 to 999, followed by a space or the end of the line (RFC 9112 §4).",
        HttpProtocolError.InvalidReasonPhrase =>
            "The reason phrase holds a control character (RFC 9112 §4).",
        HttpProtocolError.InvalidMethod =>
            "The method is not a token, followed by one space (RFC 9112 §3.1).",
        HttpProtocolError.InvalidTarget =>
            "The request target is empty or holds white space, a control character or a byte outside of ASCII (RFC 9112 §3.2).",
        HttpProtocolError.InvalidRequestLine =>
            "Something follows the version in the request line (RFC 9112 §3).",
        HttpProtocolError.RequestLineTooLong =>
            "The request line is longer than the limit MaxRequestLineBytes (RFC 9112 §3).",
        HttpProtocolError.BareCarriageReturn =>
            "A CR is not followed by LF (RFC 9112 §2.2).",
        HttpProtocolError.BareLineFeed =>
            "A line ends in LF without CR (RFC 9112 §2.2).",
        HttpProtocolError.ObsoleteFold =>
            "A line of the field section starts with white space; folded values are obsolete (RFC 9112 §2.2 and §5.2).",
        HttpProtocolError.EmptyFieldName =>
            "A field line has no name before its colon (RFC 9112 §5).",
        HttpProtocolError.InvalidFieldName =>
            "A field name holds a character that is not a token character (RFC 9110 §5.1).",
        HttpProtocolError.WhitespaceBeforeColon =>
            "White space stands between a field name and its colon (RFC 9112 §5.1).",
        HttpProtocolError.MissingColon =>
            "A field line has no colon (RFC 9112 §5).",
        HttpProtocolError.InvalidFieldValue =>
            "A field value holds a control character (RFC 9110 §5.5).",
        HttpProtocolError.HeadTooLarge =>
            "The head is longer than its limit (RFC 9112 §5; MaxResponseHeadBytes or MaxRequestHeadBytes).",
        HttpProtocolError.TooManyFields =>
            "There are more fields than the limit (RFC 9110 §5.4; MaxResponseFields, MaxRequestFields or MaxTrailerFields).",
        HttpProtocolError.MissingHost =>
            "The request has no Host field (RFC 9112 §3.2).",
        HttpProtocolError.RepeatedHost =>
            "The request has more than one Host field (RFC 9112 §3.2).",
        HttpProtocolError.LengthAndTransferEncoding =>
            "The message has both Content-Length and Transfer-Encoding (RFC 9112 §6.3, rule 3).",
        HttpProtocolError.InvalidContentLength =>
            "Content-Length is not a decimal number (RFC 9112 §6.3, rule 5).",
        HttpProtocolError.ContentLengthOverflow =>
            "Content-Length is greater than 9223372036854775807 (RFC 9110 §8.6).",
        HttpProtocolError.DifferingContentLengths =>
            "Content-Length is given several times with different values (RFC 9112 §6.3, rule 5).",
        HttpProtocolError.RepeatedContentLength =>
            "Content-Length is given more than once in a request (RFC 9110 §8.6).",
        HttpProtocolError.TransferEncodingInHttp10 =>
            "Transfer-Encoding stands in a message of HTTP/1.0, which has none (RFC 9112 §6.1).",
        HttpProtocolError.EmptyTransferEncoding =>
            "Transfer-Encoding names no coding (RFC 9112 §6.1).",
        HttpProtocolError.UnsupportedTransferCoding =>
            "Transfer-Encoding names a coding other than chunked, which is not supported (RFC 9112 §6.1).",
        HttpProtocolError.RepeatedChunked =>
            "Transfer-Encoding names chunked more than once (RFC 9112 §6.1).",
        HttpProtocolError.InvalidChunkSize =>
            "A chunk size is not made of hexadecimal digits alone (RFC 9112 §7.1).",
        HttpProtocolError.ChunkSizeTooLong =>
            "A chunk size has more digits than the limit MaxChunkSizeDigits (RFC 9112 §7.1).",
        HttpProtocolError.ChunkSizeOverflow =>
            "A chunk size is greater than 9223372036854775807 (RFC 9112 §7.1).",
        HttpProtocolError.InvalidChunkExtension =>
            "A chunk extension holds a control character (RFC 9112 §7.1.1).",
        HttpProtocolError.ChunkExtensionsTooLarge =>
            "The chunk extensions are longer than the limit MaxChunkExtensionBytes (RFC 9112 §7.1.1).",
        HttpProtocolError.ChunkNotTerminated =>
            "The data of a chunk is not followed by CR LF (RFC 9112 §7.1).",
        HttpProtocolError.TrailersTooLarge =>
            "The trailer section is longer than the limit MaxTrailerBytes (RFC 9112 §7.1.2).",
        HttpProtocolError.UnencodableCharacter =>
            "The text holds a character that the chosen encoding cannot express (RFC 9110 §5.5).",
        _ => "An unknown rule is broken.",
    };
}
