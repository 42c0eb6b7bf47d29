using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;

namespace UringHttp;

/// <summary>The content codings (RFC 9110 §8.4) that requests announce and responses are freed of. Immutable; any thread.</summary>
internal sealed class ContentCodings
{
    private const string AcceptEncoding = "Accept-Encoding";
    private const string ContentEncoding = "Content-Encoding";

    /// <summary>Codings that one body may be wrapped in. More than one is rare, more than two is an attack.</summary>
    private const int MaxCodings = 5;

    private static readonly string[] Names = ["gzip", "deflate", "br"];

    private readonly UringHttpHandlerOptions _options;
    private readonly StringWithQualityHeaderValue[] _announced;

    internal ContentCodings(UringHttpHandlerOptions options)
    {
        _options = options;
        _announced = [.. Names.Where(IsUndone).Select(name => new StringWithQualityHeaderValue(name))];
    }

    /// <summary>Says in a request what the server may use, behind what the request says itself.</summary>
    internal void Announce(HttpRequestMessage request)
    {
        if (!request.Headers.NonValidated.Contains(AcceptEncoding))
        {
            request.Headers.TryAddWithoutValidation(AcceptEncoding, string.Join<StringWithQualityHeaderValue>(", ", _announced));
            return;
        }

        foreach (StringWithQualityHeaderValue coding in _announced)
        {
            if (!request.Headers.AcceptEncoding.Any(own => Is(own.Value, coding.Value)))
            {
                request.Headers.AcceptEncoding.Add(coding);
            }
        }
    }

    /// <summary>
    /// Undoes the codings of a response from the last one back, as far as they are known. Its fields describe the content afterwards.
    /// </summary>
    /// <exception cref="HttpRequestException">There are too many.</exception>
    internal void Undo(HttpResponseMessage response)
    {
        HttpContentHeaders fields = response.Content.Headers;
        if (!fields.NonValidated.TryGetValues(ContentEncoding, out HeaderStringValues values))
        {
            return;
        }

        const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] codings = [.. values.SelectMany(value => value.Split(',', Trimmed))];
        if (codings.Length > MaxCodings)
        {
            throw HttpErrors.TooManyCodings(response.RequestMessage!.RequestUri!, codings.Length, MaxCodings);
        }

        int left = codings.Length;
        while (left > 0 && IsUndone(codings[left - 1]))
        {
            left--;
        }

        if (left == codings.Length)
        {
            return;
        }

        fields.Remove("Content-Length");
        fields.Remove(ContentEncoding);
        if (left > 0)
        {
            fields.TryAddWithoutValidation(ContentEncoding, codings[..left]);
        }

        var content = (ResponseContent)response.Content;
        content.Decode(Decode(content.Body, codings.AsSpan(left)));
    }

    private DecodedStream Decode(Stream body, ReadOnlySpan<string> codings)
    {
        var source = new DecodedStream.Source(body);
        Stream below = source;
        DecodedStream? decoded = null;
        for (int i = codings.Length - 1; i >= 0; i--)
        {
            Stream decoder = GetMethod(codings[i]) switch
            {
                DecompressionMethods.GZip => new GZipStream(below, CompressionMode.Decompress),
                DecompressionMethods.Deflate => new DeflateDecoder(below),
                _ => new BrotliStream(below, CompressionMode.Decompress),
            };
            below = decoded = new DecodedStream(decoder, source, _options);
        }

        return decoded!;
    }

    private bool IsUndone(string coding) => (_options.AutomaticDecompression & GetMethod(coding)) != 0;

    /// <summary>RFC 9110 §8.4.1: names have no case, and x-gzip is gzip.</summary>
    private static DecompressionMethods GetMethod(string coding) => coding switch
    {
        _ when Is(coding, "gzip") || Is(coding, "x-gzip") => DecompressionMethods.GZip,
        _ when Is(coding, "deflate") => DecompressionMethods.Deflate,
        _ when Is(coding, "br") => DecompressionMethods.Brotli,
        _ => DecompressionMethods.None,
    };

    private static bool Is(string coding, string name) => coding.Equals(name, StringComparison.OrdinalIgnoreCase);
}
