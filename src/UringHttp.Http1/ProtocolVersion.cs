namespace UringHttp;

/// <summary>The version of HTTP/1 that a message is read as.</summary>
/// <remarks>
/// A minor version above 1 is read as <see cref="Http11"/>, the highest minor version known here (RFC 9110 §2.5).
/// Any other major version is refused with <see cref="HttpProtocolError.UnsupportedVersion"/>.
/// </remarks>
public enum ProtocolVersion
{
    /// <summary>HTTP/1.1: connections are kept alive unless a message says <c>close</c>.</summary>
    Http11,

    /// <summary>HTTP/1.0: connections end after a response unless both messages say <c>keep-alive</c>; no transfer codings.</summary>
    Http10,
}
