using System.Globalization;
using System.Text;

namespace UringHttp.Simulation;

/// <summary>What a peer understands of the bytes that come: one request after the other.</summary>
internal sealed class RequestReader
{
    private readonly List<byte> _bytes = [];

    /// <summary>The request whose head is there; -1: none.</summary>
    public int Id { get; private set; } = -1;

    public string Method { get; private set; } = "";

    /// <summary>What it names: a path, or for a proxy all of the URI.</summary>
    public string Target { get; private set; } = "";

    public string Host { get; private set; } = "";

    public bool ExpectsContinue { get; private set; }

    private bool IsChunked { get; set; }

    private int Length { get; set; }

    public void Add(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>True when a head is there that was not before.</summary>
    /// <exception cref="SimulationException">It is no head of ours.</exception>
    public bool TryReadHead()
    {
        ReadOnlySpan<byte> all = Bytes;
        int end = all.IndexOf("\r\n\r\n"u8);
        if (Id >= 0 || end < 0)
        {
            return false;
        }

        string[] lines = Encoding.Latin1.GetString(all[..end]).Split("\r\n");
        string[] start = lines[0].Split(' ');
        if (start is not [_, { } target, "HTTP/1.1"] || !SentHeads.TryReadId(target, out int id))
        {
            throw new SimulationException($"the peer got what is no request: {lines[0]}");
        }

        Id = id;
        Method = start[0];
        Target = target;
        Length = int.Parse(Field(lines, "Content-Length") ?? "0", CultureInfo.InvariantCulture);
        IsChunked = Field(lines, "Transfer-Encoding") == "chunked";
        ExpectsContinue = Field(lines, "Expect") == "100-continue";
        Host = Field(lines, "Host") ?? throw new SimulationException("a request came without Host");

        _bytes.RemoveRange(0, end + 4);
        return true;
    }

    /// <summary>The content, when all of it is there; the next request follows then.</summary>
    public bool TryReadContent(out byte[] content)
    {
        content = [];
        ReadOnlySpan<byte> all = Bytes;
        if (Id < 0)
        {
            return false;
        }

        int used = Length;
        if (IsChunked)
        {
            if (!TryDecode(all, out content, out used))
            {
                return false;
            }
        }
        else if (all.Length < Length)
        {
            return false;
        }
        else
        {
            content = all[..Length].ToArray();
        }

        _bytes.RemoveRange(0, used);
        Id = -1;
        return true;
    }

    private ReadOnlySpan<byte> Bytes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);

    private static string? Field(string[] lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];

    private static bool TryDecode(ReadOnlySpan<byte> all, out byte[] content, out int used)
    {
        var decoded = new List<byte>();
        used = 0;
        content = [];
        while (true)
        {
            int line = all[used..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return false;
            }

            if (!int.TryParse(all.Slice(used, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int size))
            {
                throw new SimulationException("the peer got a chunk without a size");
            }

            used += line + 2;
            if (all.Length < used + size + 2)
            {
                return false;
            }

            decoded.AddRange(all.Slice(used, size));
            used += size + 2;
            if (size == 0)
            {
                content = [.. decoded];
                return true;
            }
        }
    }
}
