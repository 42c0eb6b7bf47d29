using System.Globalization;
using System.Text;

namespace UringHttp.Simulation;

/// <summary>
/// Finds the requests in what one connection is given to send: several may begin in one send, and a send may be the rest of another.
/// </summary>
internal sealed class SentHeads
{
    private static readonly int[] s_none = [];

    /// <summary>Bytes that have left.</summary>
    private long _left;

    /// <summary>The bytes that were looked at: those of a send that ended early will be offered again.</summary>
    private long _seen;

    /// <summary>Bytes leave.</summary>
    public void OnLeft(int count) => _left += count;

    /// <summary>The requests that begin in what is offered now, and did not in what was offered before.</summary>
    public IReadOnlyList<int> Find(ReadOnlySpan<byte> offered)
    {
        ReadOnlySpan<byte> rest = offered[(int)Math.Min(offered.Length, _seen - _left)..];
        _seen = Math.Max(_seen, _left + offered.Length);
        if (!TryReadId(rest, out int id))
        {
            return s_none;
        }

        var found = new List<int>();
        do
        {
            found.Add(id);
            int end = rest.IndexOf("\r\n\r\n"u8);
            rest = end < 0 ? default : rest[(end + 4)..];
        }
        while (TryReadId(rest, out id));
        return found;
    }

    /// <summary>The request that a target names: /r/ID, or all of the URI.</summary>
    public static bool TryReadId(string target, out int id)
    {
        id = -1;
        int at = target.IndexOf("/r/", StringComparison.Ordinal);
        return (at == 0 || (at > 0 && target.StartsWith("http://", StringComparison.Ordinal)))
            && int.TryParse(target.AsSpan(at + 3), CultureInfo.InvariantCulture, out id);
    }

    private static bool TryReadId(ReadOnlySpan<byte> rest, out int id)
    {
        const int Longest = 64;
        id = -1;
        ReadOnlySpan<byte> start = rest[..Math.Min(rest.Length, Longest)];
        int at = start.IndexOf((byte)' ') + 1;
        int length = at is > 1 and < 9 ? start[at..].IndexOf((byte)' ') : -1;
        return length > 0 && TryReadId(Encoding.ASCII.GetString(start.Slice(at, length)), out id);
    }
}
