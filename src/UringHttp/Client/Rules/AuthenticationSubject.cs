namespace UringHttp;

/// <summary>What is to be proved about a request.</summary>
/// <param name="Place">Whom to: the request's URI for a server, a proxy's own for a proxy. Credentials and known answers go by it.</param>
/// <param name="Method">The method, as it is sent.</param>
/// <param name="Target">The target, as digests have it.</param>
internal readonly record struct AuthenticationSubject(Uri Place, string Method, string Target)
{
    internal static AuthenticationSubject Of(HttpRequestMessage request, Uri? proxy = null) => new(
        proxy ?? request.RequestUri!, RequestHead.GetName(request.Method), request.RequestUri!.PathAndQuery);
}
