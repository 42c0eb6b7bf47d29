using System.Text;

namespace UringHttp.Tests.Http1;

/// <summary>
/// Bytes on the wire, written as text: a character up to U+00FF is one byte. An arrow (→) stands before the byte that is wrong, and
/// is no part of the bytes.
/// </summary>
internal static class Wire
{
    public const char Arrow = '→';

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text.Replace("→", "", StringComparison.Ordinal));

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Where the arrow points; -1 if there is none.</summary>
    public static int WrongOffset(string text) => text.IndexOf(Arrow, StringComparison.Ordinal);

    /// <summary>Fields as text: <c>Name=value</c>, each with a bar before it.</summary>
    public static string Text(HeaderView fields)
    {
        var text = new StringBuilder();
        foreach (var field in fields)
        {
            text.Append('|').Append(Text(field.Name)).Append('=').Append(Text(field.Value));
        }

        return text.ToString();
    }
}
