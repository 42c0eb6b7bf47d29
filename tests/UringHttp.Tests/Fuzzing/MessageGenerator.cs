using System.Globalization;
using System.Text;
using UringHttp.Tests.Http1;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Fuzzing;

/// <summary>
/// Draws messages by the grammar of HTTP/1.1, with a liking for what frames them and for the edges of the grammar; then, most times, puts
/// a few faults into the bytes.
/// </summary>
internal static class MessageGenerator
{
    private static readonly string[] _names =
    [
        "Content-Length", "Transfer-Encoding", "Connection", "Host", "content-length", "TRANSFER-ENCODING", "X",
        "Set-Cookie", "a!#$%&'*+-.^_`|~",
    ];

    private static readonly string[] _lengths =
    [
        "0", "5", "5", "05", "5, 5", "5,6", "+5", "-1", "5 5", "", "9223372036854775807", "9223372036854775808",
        "99999999999999999999", "0x5",
    ];

    private static readonly string[] _codings =
    [
        "chunked", "chunked", "Chunked", "gzip, chunked", "chunked, chunked", "chunked, gzip", "identity", "",
        " ,chunked,", "chunked;q=1", "xchunked",
    ];

    private static readonly string[] _lineEnds =
    [
        "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n ", "\r\n\t", "\r\r\n",
    ];

    internal static byte[] ResponseHead(Random random)
    {
        var start = Pick(random, "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1")
            + Pick(random, " 200", " 200", " 204", " 304", " 100", " 101", " 302", " 407", " 999", " 99", " 20", " 2000")
            + Pick(random, " OK", " ", "", " \u00E9\t!", "  two");
        return Head(start, random);
    }

    internal static byte[] RequestHead(Random random)
    {
        var start = Pick(random, "GET", "POST", "HEAD", "CONNECT", "OPTIONS", "p", "G E", "")
            + Pick(random, " /", " /a?b=c", " *", " http://a/", " a:1", " /\u00FF", " /a#b", "  /", " ")
            + Pick(random, " HTTP/1.1", " HTTP/1.1", " HTTP/1.1", " HTTP/1.0", " HTTP/1.2", "", " HTTP/1.1 ");
        return Head(random.Next(20) == 0 ? "\r\n" + start : start, random);
    }

    /// <summary>A chunked body, and what it says where nothing was put into it that is wrong; null where something was.</summary>
    internal static byte[] ChunkedBody(Random random, out string? meaning)
    {
        var text = new StringBuilder();
        var body = new StringBuilder();
        for (var chunks = random.Next(4); chunks > 0; chunks--)
        {
            var data = Text(random, 1 + random.Next(random.Next(5) == 0 ? 300 : 20));
            body.Append(data);
            text.Append(data.Length.ToString(Pick(random, "X", "x", "X2", "x4"), CultureInfo.InvariantCulture))
                .Append(Pick(random, "", "", "", ";a", ";a=b", ";a=\"b c\"", ";a=1;b=2")).Append("\r\n").Append(data).Append("\r\n");
        }

        text.Append(Pick(random, "0", "0", "00", "0;x=y")).Append("\r\n");
        for (var trailers = random.Next(3); trailers > 0; trailers--)
        {
            text.Append(Pick(random, "A", "Digest", "X-T")).Append(": ").Append(random.Next(100)).Append("\r\n");
        }

        var bytes = Wire.Bytes(text.Append("\r\n").ToString());
        if (random.Next(4) == 0)
        {
            meaning = body.ToString();
            return bytes;
        }

        meaning = null;
        return Mutator.Mutate(bytes, random);
    }

    /// <summary>Some of the alternatives, in any order, any number of times.</summary>
    internal static string Mix(Random random, int most, params string[] alternatives)
    {
        var text = new StringBuilder();
        for (var count = random.Next(most + 1); count > 0; count--)
        {
            text.Append(random.Next(12) == 0 ? (char)random.Next(0x180) : alternatives[random.Next(alternatives.Length)]);
        }

        return text.ToString();
    }

    internal static string Pick(Random random, params string[] alternatives) => alternatives[random.Next(alternatives.Length)];

    /// <summary>Where to cut an input.</summary>
    internal static int[] Cuts(int length, Random random)
    {
        var cuts = new int[random.Next(1, 4)];
        for (var i = 0; i < cuts.Length; i++)
        {
            cuts[i] = random.Next(length + 1);
        }

        Array.Sort(cuts);
        return cuts;
    }

    private static byte[] Head(string start, Random random)
    {
        // Line ends of the wrong kind in one head out of four: else hardly any would be whole.
        var isOdd = random.Next(4) == 0;
        string LineEnd() => isOdd ? Pick(random, _lineEnds) : "\r\n";
        var text = new StringBuilder(start).Append(LineEnd());
        for (var fields = random.Next(5); fields > 0; fields--)
        {
            var name = Pick(random, _names);
            var value = name.ToUpperInvariant() switch
            {
                "CONTENT-LENGTH" => Pick(random, _lengths),
                "TRANSFER-ENCODING" => Pick(random, _codings),
                "CONNECTION" => Pick(random, "close", "keep-alive", "Keep-Alive, close", "upgrade"),
                "HOST" => Pick(random, "a", "a:80", "[::1]", ""),
                _ => Text(random, random.Next(12)),
            };
            text.Append(name).Append(Pick(random, ": ", ": ", ":", ":\t ", random.Next(6) == 0 ? " :" : ": ")).Append(value)
                .Append(Pick(random, "", "", " ", "\t")).Append(LineEnd());
        }

        var bytes = Wire.Bytes(text.Append(LineEnd()).ToString());
        return random.Next(3) == 0 ? bytes : Mutator.Mutate(bytes, random);
    }

    private static string Text(Random random, int length) => string.Create(length, random, static (text, random) =>
    {
        foreach (ref var character in text)
        {
            character = random.Next(10) == 0 ? '\u00E9' : (char)random.Next(' ', '~' + 1);
        }
    });
}
