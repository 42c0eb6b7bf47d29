namespace UringHttp;

/// <summary>Field names recognized while parsing, so that framing and lookups compare a byte and not a name.</summary>
/// <remarks>The name of each is in <see cref="KnownHeaders.Name"/>; a field whose name is not here has <see cref="None"/>.</remarks>
public enum KnownHeader : byte
{
#pragma warning disable CS1591 // The name of a member is the name of the field.
    None,
    Accept, AcceptEncoding, AcceptLanguage, AcceptRanges,
    AccessControlAllowCredentials, AccessControlAllowHeaders, AccessControlAllowMethods, AccessControlAllowOrigin,
    AccessControlExposeHeaders,
    Age, Allow, AltSvc, Authorization, CacheControl, Connection,
    ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentLocation, ContentRange, ContentSecurityPolicy, ContentType,
    Cookie, Date, ETag, Expect, Expires, Forwarded, Host,
    IfMatch, IfModifiedSince, IfNoneMatch, IfRange, IfUnmodifiedSince,
    KeepAlive, LastModified, Link, Location, Origin, Pragma, ProxyAuthenticate, ProxyAuthorization, ProxyConnection,
    Range, Referer, RetryAfter, Server, SetCookie, StrictTransportSecurity, TE, Traceparent, Trailer, TransferEncoding,
    Upgrade, UserAgent, Vary, Via, WwwAuthenticate, XContentTypeOptions, XFrameOptions, XPoweredBy, XRequestId,
#pragma warning restore CS1591
}
