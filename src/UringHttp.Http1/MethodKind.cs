namespace UringHttp;

/// <summary>The request methods that framing and routing tell apart. Any other token is a legal method too: <see cref="Other"/>.</summary>
public enum MethodKind
{
    /// <summary>A method without a kind of its own here.</summary>
    Other,

    /// <summary><c>GET</c></summary>
    Get,

    /// <summary><c>HEAD</c>: its response has no body, whatever its fields say.</summary>
    Head,

    /// <summary><c>POST</c></summary>
    Post,

    /// <summary><c>PUT</c></summary>
    Put,

    /// <summary><c>DELETE</c></summary>
    Delete,

    /// <summary><c>CONNECT</c>: a 2xx response to it has no body; a tunnel follows the head.</summary>
    Connect,

    /// <summary><c>OPTIONS</c></summary>
    Options,

    /// <summary><c>TRACE</c></summary>
    Trace,

    /// <summary><c>PATCH</c></summary>
    Patch,
}

/// <summary>Finds the <see cref="MethodKind"/> of a method.</summary>
public static class MethodKinds
{
    /// <summary>The kind of a method. Methods are case-sensitive (RFC 9110 §9.1): <c>get</c> is <see cref="MethodKind.Other"/>.</summary>
    public static MethodKind Of(ReadOnlySpan<byte> method) => method.Length switch
    {
        3 when method.SequenceEqual("GET"u8) => MethodKind.Get,
        3 when method.SequenceEqual("PUT"u8) => MethodKind.Put,
        4 when method.SequenceEqual("POST"u8) => MethodKind.Post,
        4 when method.SequenceEqual("HEAD"u8) => MethodKind.Head,
        5 when method.SequenceEqual("PATCH"u8) => MethodKind.Patch,
        5 when method.SequenceEqual("TRACE"u8) => MethodKind.Trace,
        6 when method.SequenceEqual("DELETE"u8) => MethodKind.Delete,
        7 when method.SequenceEqual("OPTIONS"u8) => MethodKind.Options,
        7 when method.SequenceEqual("CONNECT"u8) => MethodKind.Connect,
        _ => MethodKind.Other,
    };

    /// <summary>The kind of a method, from characters.</summary>
    public static MethodKind Of(ReadOnlySpan<char> method) => method switch
    {
        "GET" => MethodKind.Get,
        "PUT" => MethodKind.Put,
        "POST" => MethodKind.Post,
        "HEAD" => MethodKind.Head,
        "PATCH" => MethodKind.Patch,
        "TRACE" => MethodKind.Trace,
        "DELETE" => MethodKind.Delete,
        "OPTIONS" => MethodKind.Options,
        "CONNECT" => MethodKind.Connect,
        _ => MethodKind.Other,
    };
}
