using System.IO.Compression;
using System.Text;

namespace UringHttp.Tests.Support;

/// <summary>Content codings, as a server applies them.</summary>
internal static class Codec
{
    /// <summary>Applies codings in the order of their names; "raw" is deflate without zlib's wrapper.</summary>
    internal static byte[] Encode(byte[] bytes, params string[] codings)
    {
        foreach (string coding in codings)
        {
            var encoded = new MemoryStream();
            using (Stream encoder = coding switch
            {
                "gzip" => new GZipStream(encoded, CompressionLevel.Optimal),
                "deflate" => new ZLibStream(encoded, CompressionLevel.Optimal),
                "raw" => new DeflateStream(encoded, CompressionLevel.Optimal),
                "br" => new BrotliStream(encoded, CompressionLevel.Optimal),
                _ => throw new ArgumentException(coding, nameof(codings)),
            })
            {
                encoder.Write(bytes);
            }

            bytes = encoded.ToArray();
        }

        return bytes;
    }

    /// <summary>The same as text, a character for each byte, for the scripts of peers.</summary>
    internal static string Encode(string text, params string[] codings) =>
        Encoding.Latin1.GetString(Encode(Encoding.Latin1.GetBytes(text), codings));
}
