using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Client;

/// <summary>One scenario: what a server answers, how a handler is set up, and what is asked.</summary>
internal sealed record Scenario(string Name)
{
    /// <summary>What the server says to each request; {port} stands for its port.</summary>
    internal required Func<RecordedRequest, string> Answer { get; init; }

    /// <summary>The requests that are sent, one after the other. By default a GET of the root.</summary>
    internal Func<Uri, HttpRequestMessage[]> Requests { get; init; } = uri => [new HttpRequestMessage(HttpMethod.Get, uri)];

    /// <summary>Sets properties, which both handlers have under the same names.</summary>
    internal Action<Settings> Set { get; init; } = _ => { };

    public override string ToString() => Name;

    /// <summary>The properties of a handler that scenarios set; those that are null keep their defaults.</summary>
    internal sealed class Settings
    {
        /// <summary>Where the requests go.</summary>
        internal required Uri Server { get; init; }

        internal bool? AllowAutoRedirect { get; set; }

        internal int? MaxAutomaticRedirections { get; set; }

        internal bool? UseCookies { get; set; }

        internal CookieContainer? Cookies { get; set; }

        internal DecompressionMethods? Decompression { get; set; }

        internal ICredentials? Credentials { get; set; }

        internal bool PreAuthenticate { get; set; }

        /// <summary>Makes the server the proxy, which takes these; null for no proxy.</summary>
        internal ICredentials? ProxyCredentials { get; set; }

        internal IWebProxy? Proxy => ProxyCredentials is null ? null : new WebProxy(Server) { Credentials = ProxyCredentials };
    }
}

/// <summary>The stock handler is the oracle: both get the same scenario, and all that can be seen of it must be the same.</summary>
internal static class StockComparison
{
    /// <summary>Runs a scenario with both, and compares.</summary>
    internal static async Task AssertSameAsync(Scenario scenario, UringLoop loop, Func<Func<Task<string>>, Task<string>> call)
    {
        string stock = await RunAsync(scenario, NewStock, code => Task.Run(code));
        string ours = await RunAsync(scenario, settings => new UringHttpHandler(loop, NewOptions(settings)), call);
        Assert.That(ours, Is.EqualTo(stock));
    }

    /// <summary>Runs a scenario with a handler, and describes what the server saw and what the caller got.</summary>
    private static async Task<string> RunAsync(
        Scenario scenario, Func<Scenario.Settings, HttpMessageHandler> newHandler, Func<Func<Task<string>>, Task<string>> call)
    {
        await using var peer = new RecordingPeer(scenario.Answer);
        var settings = new Scenario.Settings { Server = peer.Uri };
        scenario.Set(settings);
        using var invoker = new HttpMessageInvoker(newHandler(settings));
        var result = new StringBuilder();
        foreach (HttpRequestMessage request in scenario.Requests(peer.Uri))
        {
            string outcome = await call(async () =>
            {
                try
                {
                    using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
                    return await DescribeAsync(response);
                }
                catch (Exception e)
                {
                    return $"{e.GetType().Name} {(e as HttpRequestException)?.HttpRequestError}";
                }
            });
            result.Append(outcome).Append('\n').Append(Describe(request)).Append('\n');
        }

        foreach (RecordedRequest request in peer.Requests)
        {
            result.Append("> ").Append(request.Describe(peer.Port));
        }

        // What clients choose at random, and what is computed from it.
        string described = Regex.Replace(result.ToString(), "(cnonce|response)=\"[^\"]*\"", "$1=...");
        described = Regex.Replace(described, "(NTLM|Negotiate) ([A-Za-z0-9+/]{16})[^\\s]*", "$1 $2..."); // times and nonces
        return described.Replace($":{peer.Port}", ":PORT", StringComparison.Ordinal);
    }

    internal static SocketsHttpHandler NewStock(Scenario.Settings settings)
    {
        var handler = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        handler.AllowAutoRedirect = settings.AllowAutoRedirect ?? handler.AllowAutoRedirect;
        handler.MaxAutomaticRedirections = settings.MaxAutomaticRedirections ?? handler.MaxAutomaticRedirections;
        handler.UseCookies = settings.UseCookies ?? handler.UseCookies;
        handler.CookieContainer = settings.Cookies ?? handler.CookieContainer;
        handler.Credentials = settings.Credentials;
        handler.PreAuthenticate = settings.PreAuthenticate;
        (handler.Proxy, handler.UseProxy) = (settings.Proxy, settings.Proxy is not null);
        handler.AutomaticDecompression = settings.Decompression ?? handler.AutomaticDecompression;
        return handler;
    }

    internal static UringHttpHandlerOptions NewOptions(Scenario.Settings settings)
    {
        var options = new UringHttpHandlerOptions { UseProxy = false };
        options.AllowAutoRedirect = settings.AllowAutoRedirect ?? options.AllowAutoRedirect;
        options.MaxAutomaticRedirections = settings.MaxAutomaticRedirections ?? options.MaxAutomaticRedirections;
        options.UseCookies = settings.UseCookies ?? options.UseCookies;
        options.CookieContainer = settings.Cookies ?? options.CookieContainer;
        options.Credentials = settings.Credentials;
        options.PreAuthenticate = settings.PreAuthenticate;
        (options.Proxy, options.UseProxy) = (settings.Proxy, settings.Proxy is not null);
        options.AutomaticDecompression = settings.Decompression ?? options.AutomaticDecompression;
        return options;
    }

    private static async Task<string> DescribeAsync(HttpResponseMessage response)
    {
        string body;
        try
        {
            body = await response.Content.ReadAsStringAsync();
        }
        catch (Exception e)
        {
            body = $"!{e.GetType().Name}";
        }

        var fields = response.Headers.Concat(response.Content.Headers)
            .Select(field => $"{field.Key}: {string.Join("|", field.Value)}").Order(StringComparer.Ordinal);
        return $"{(int)response.StatusCode}\n  {string.Join("\n  ", fields)}\n  [{body}]";
    }

    /// <summary>What is left of the message, but for what a proxy was told: the stock handler leaves that for the next server.</summary>
    private static string Describe(HttpRequestMessage request)
    {
        request.Headers.ProxyAuthorization = null;
        return $"left: {request.Method} {request.RequestUri} {(request.Content is null ? "-" : "content")}\n  {request.Headers}";
    }
}
