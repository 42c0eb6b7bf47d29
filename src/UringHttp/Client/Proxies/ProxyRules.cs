using System.Net;
using System.Text;

namespace UringHttp;

/// <summary>Which requests go by which proxy, with which credentials. The proxy's code is the user's: call where the caller is.</summary>
internal sealed class ProxyRules
{
    private readonly IWebProxy? _proxy;
    private readonly ICredentials? _defaultCredentials;

    internal ProxyRules(UringHttpHandlerOptions options)
    {
        _proxy = options.UseProxy ? options.Proxy ?? (options.ConnectEndPoint is null ? ReadEnvironment() : null) : null;
        _defaultCredentials = options.DefaultProxyCredentials;
    }

    /// <summary>The proxy for a request; null when it goes straight.</summary>
    /// <exception cref="NotSupportedException">A proxy of a kind that is not spoken.</exception>
    internal Uri? Choose(Uri uri) => _proxy is null ? null : Ask(_proxy, uri);

    /// <summary>The value of Proxy-Authorization; null without credentials. Basic, unasked: the proxy is configured, not met.</summary>
    internal string? Authorize(Uri proxy)
    {
        NetworkCredential? credential = (_proxy?.Credentials ?? _defaultCredentials)?.GetCredential(proxy, "Basic");
        return credential is null
            ? null
            : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"));
    }

    /// <summary>Name and password for a SOCKS proxy; null without.</summary>
    internal NetworkCredential? FindCredential(Uri proxy) =>
        (_proxy?.Credentials ?? _defaultCredentials)?.GetCredential(proxy, "Basic");

    /// <summary>
    /// http_proxy, https_proxy, all_proxy and no_proxy, as the BCL reads them; null when none is set, so that nobody is asked about
    /// each request.
    /// </summary>
    private static IWebProxy? ReadEnvironment()
    {
        IWebProxy proxy = HttpClient.DefaultProxy;
        return proxy.GetType().Name == "HttpNoProxy" ? null : proxy;
    }

    private static Uri? Ask(IWebProxy rules, Uri uri)
    {
        Uri? proxy;
        try
        {
            proxy = rules.IsBypassed(uri) ? null : rules.GetProxy(uri);
        }
        catch (Exception)
        {
            return null; // as the stock handler has it: a proxy that cannot answer is none
        }

        if (proxy is null || proxy == uri)
        {
            return null;
        }

        return proxy.Scheme is "http" or "https" or "socks4" or "socks4a" or "socks5"
            ? proxy
            : throw new NotSupportedException(
                $"The proxy {proxy} is of a kind that is not spoken. Spoken are http, https, socks4, socks4a and socks5.");
    }
}
