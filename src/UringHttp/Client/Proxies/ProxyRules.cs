using System.Net;
using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>Which requests go by which proxy, with which credentials. The proxy's code is the user's: call where the caller is.</summary>
internal sealed class ProxyRules
{
    /// <summary>The rules of proxies that single requests have brought, so that a proxy that comes again finds its connections.</summary>
    private static readonly ConditionalWeakTable<IWebProxy, ProxyRules> s_ofRequests = [];

    private readonly IWebProxy? _proxy;

    /// <summary>The last that was chosen: most are chosen again, and then cost no object.</summary>
    private ChosenProxy? _last;

    internal ProxyRules(UringHttpHandlerOptions options)
        : this(
            options.UseProxy ? options.Proxy ?? (options.ConnectEndPoint is null ? ReadEnvironment() : null) : null,
            options.DefaultProxyCredentials,
            options.PreAuthenticate)
    {
    }

    private ProxyRules(IWebProxy? proxy, ICredentials? defaultCredentials, bool preAuthenticate)
    {
        _proxy = proxy;
        Credentials = proxy is null ? null : proxy.Credentials ?? defaultCredentials;
        Authentication = Credentials is null ? null : new Authenticator(AuthenticationSide.Proxy, Credentials, preAuthenticate);
    }

    /// <summary>Who asks, where a proxy wants to know; null for nobody.</summary>
    internal ICredentials? Credentials { get; }

    /// <summary>What answers challenges of proxies; null without credentials.</summary>
    internal Authenticator? Authentication { get; }

    /// <summary>The rules of a proxy that a single request brings along.</summary>
    internal static ProxyRules Of(IWebProxy proxy) =>
        s_ofRequests.GetValue(proxy, static proxy => new ProxyRules(proxy, null, preAuthenticate: false));

    /// <summary>The proxy for a request; null when it goes straight.</summary>
    /// <exception cref="NotSupportedException">A proxy of a kind that is not spoken.</exception>
    internal ChosenProxy? Choose(Uri uri)
    {
        if (_proxy is null || Ask(_proxy, uri) is not { } proxy)
        {
            return null;
        }

        ChosenProxy? last = Volatile.Read(ref _last);
        if (last is null || last.Uri != proxy)
        {
            Volatile.Write(ref _last, last = new ChosenProxy(proxy, this));
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
