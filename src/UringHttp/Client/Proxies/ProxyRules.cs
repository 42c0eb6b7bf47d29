using System.Net;

namespace UringHttp;

/// <summary>Which requests go by which proxy, with which credentials. The proxy's code is the user's: call where the caller is.</summary>
internal sealed class ProxyRules
{
    private readonly IWebProxy? _proxy;
    private readonly ICredentials? _defaultCredentials;

    /// <summary>The last that was chosen: most are chosen again, and then cost no object.</summary>
    private ChosenProxy? _last;

    internal ProxyRules(UringHttpHandlerOptions options)
        : this(
            options.UseProxy ? options.Proxy ?? (options.ConnectEndPoint is null ? ReadEnvironment() : null) : null,
            options.DefaultProxyCredentials)
    {
    }

    private ProxyRules(IWebProxy? proxy, ICredentials? defaultCredentials)
    {
        _proxy = proxy;
        _defaultCredentials = defaultCredentials;
    }

    /// <summary>The rules of a proxy that a single request brings along.</summary>
    internal static ProxyRules Of(IWebProxy proxy) => new(proxy, null);

    /// <summary>The proxy for a request; null when it goes straight.</summary>
    /// <exception cref="NotSupportedException">A proxy of a kind that is not spoken.</exception>
    internal ChosenProxy? Choose(Uri uri)
    {
        if (_proxy is null || Ask(_proxy, uri) is not { } proxy)
        {
            return null;
        }

        ICredentials? credentials = _proxy.Credentials ?? _defaultCredentials;
        ChosenProxy? last = Volatile.Read(ref _last);
        if (last is null || last.Uri != proxy || last.Credentials != credentials)
        {
            Volatile.Write(ref _last, last = new ChosenProxy(proxy, credentials));
        }

        return last;
    }

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
