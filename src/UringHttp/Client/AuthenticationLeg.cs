namespace UringHttp;

/// <summary>What authentication wants of one exchange.</summary>
/// <param name="Pin">The connection that it must go on; null for any.</param>
/// <param name="ProxyAuthorization">
/// The field Proxy-Authorization; null for none. Not in the message, which may go elsewhere next, and must not take it there.
/// </param>
internal sealed record AuthenticationLeg(ConnectionPin? Pin, string? ProxyAuthorization);
