namespace UringHttp.Compare;

/// <summary>What the processes inherit: everything but what would make the arms differ from what their names say.</summary>
internal static class ChildEnvironment
{
    private static readonly string[] s_removed =
    [
        ArmCatalog.InlineCompletionsVariable,
        "URINGHTTP_BACKEND",
        "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
    ];

    private static readonly string[] s_steering = ["DOTNET_Tiered", "DOTNET_TC", "DOTNET_gc", "DOTNET_SYSTEM_NET", "DOTNET_ThreadPool"];

    // .NET compiles nothing well before code has brought up no new methods for 100 ms, ten times that on one core: an arm would be cold for
    // its first seconds. So ten times one millisecond. What it compiles in the end is the same.
    private static readonly Dictionary<string, string> s_added = new() { ["DOTNET_TC_CallCountingDelayMs"] = "1" };

    // OpenSSL and what stands on it, requests, curl: each looks for the roots that it trusts in one of these.
    private static readonly string[] s_trust = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

    /// <summary>Has all processes that are started from now on trust a certificate, and no other.</summary>
    public static void Trust(string certificatePath)
    {
        foreach (string name in s_trust)
        {
            s_added[name] = certificatePath;
        }
    }

    public static void Apply(IDictionary<string, string?> environment, IReadOnlyDictionary<string, string> added)
    {
        foreach (string name in s_removed)
        {
            environment.Remove(name);
        }

        foreach ((string name, string value) in s_added.Concat(added))
        {
            environment[name] = value;
        }
    }

    /// <summary>The settings of the runtime that all arms have, ours and those that they inherit, for the report.</summary>
    public static IReadOnlyDictionary<string, string> RuntimeSettings()
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in s_added.Where(variable => !s_trust.Contains(variable.Key)))
        {
            settings[name] = value;
        }

        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            bool counts = s_steering.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
            if (counts && !s_removed.Contains(name))
            {
                settings.TryAdd(name, (string)variable.Value!);
            }
        }

        return settings;
    }
}
