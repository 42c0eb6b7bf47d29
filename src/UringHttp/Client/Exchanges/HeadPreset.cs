namespace UringHttp;

/// <summary>What the heads of all requests on a route have in common.</summary>
/// <param name="Host">The value of the Host field.</param>
/// <param name="IsAbsolute">Whether the request line names the whole URI, as a proxy needs it (RFC 9112 §3.2.2).</param>
/// <param name="Encodings">Says how the values of a field are encoded; null for ASCII.</param>
internal sealed record HeadPreset(
    byte[] Host, bool IsAbsolute, HeaderEncodingSelector<HttpRequestMessage>? Encodings);
