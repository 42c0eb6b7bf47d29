using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Whether anybody has set options on a request. The property itself cannot be asked: it makes an empty dictionary (104 bytes) for
/// each request that has none, which is nearly all of them.
/// </summary>
internal static class RequestOptionsAccess
{
    private const string Field = "_options";

    /// <summary>True where this runtime keeps the options in the field that this was written for. Else the property is asked.</summary>
    internal static readonly bool KnowsField = typeof(HttpRequestMessage)
        .GetField(Field, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)?.FieldType
        == typeof(HttpRequestOptions);

    /// <summary>The request's options; null when nobody has touched them.</summary>
    internal static HttpRequestOptions? TryGet(HttpRequestMessage request) => KnowsField ? OptionsOf(request) : request.Options;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = Field)]
    private static extern ref HttpRequestOptions? OptionsOf(HttpRequestMessage request);
}
