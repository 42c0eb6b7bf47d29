namespace UringHttp;

/// <summary>URIs as they may be written down: without who asks, and without what a query or a fragment may give away.</summary>
internal static class RedactedUri
{
    /// <summary>The runtime's switch, which the stock handler obeys too: queries are told.</summary>
    private static readonly bool s_tellsQuery =
        AppContext.TryGetSwitch("System.Net.Http.DisableUriRedaction", out bool tells)
            ? tells
            : Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_HTTP_DISABLEURIREDACTION") is "1" or "true" or "TRUE" or "True";

    internal static string Of(Uri uri)
    {
        string start = $"{uri.Scheme}://{uri.Host}{(uri.IsDefaultPort ? string.Empty : $":{uri.Port}")}";
        if (s_tellsQuery)
        {
            return start + uri.PathAndQuery;
        }

        return start + uri.AbsolutePath + (uri.Query.Length > 1 ? "?*" : uri.Query);
    }
}
