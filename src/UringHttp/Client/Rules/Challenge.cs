namespace UringHttp;

/// <summary>One way that a server offers to prove who asks (RFC 9110 §11.3).</summary>
/// <param name="Scheme">Its name, in the server's upper and lower case.</param>
/// <param name="Token68">The data of schemes that have one blob (Negotiate); null without.</param>
/// <param name="Parameters">
/// Parameters by name, without case. The values of quoted strings are what stands between the quotes, escapes and all: that is what
/// digests are made of, and what is sent back.
/// </param>
internal sealed record Challenge(string Scheme, string? Token68, IReadOnlyDictionary<string, string> Parameters)
{
    internal bool Is(string scheme) => Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>A parameter; null without it.</summary>
    internal string? Get(string name) => Parameters.GetValueOrDefault(name);
}
