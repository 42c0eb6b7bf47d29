using System.Text;

namespace UringHttp.Soak;

/// <summary>The fields of a head that a seed gives, and the checksum over them that the other side must come to.</summary>
internal static class SeededFields
{
    /// <summary>Only fields that begin so are in the checksum: proxies and handlers may add others.</summary>
    public const string Prefix = "Soak-";

    private const int MostFields = 12;
    private const string Characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !#$%&'()*+,-./:;<=>?@[]^_`{|}~";

    public static IReadOnlyList<KeyValuePair<string, string>> Draw(int seed)
    {
        var random = new Random(seed);
        var fields = new KeyValuePair<string, string>[random.Next(MostFields + 1)];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = new($"{Prefix}{i}-{random.Next(1000)}", DrawValue(random));
        }

        return fields;
    }

    /// <summary>Over names and values in their order, as they stand in a head.</summary>
    public static Checksum Sum(IEnumerable<KeyValuePair<string, string>> fields)
    {
        var sum = new Checksum();
        foreach ((string name, string value) in fields)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                sum.Add(Encoding.Latin1.GetBytes($"{name}: {value}\n"));
            }
        }

        return sum;
    }

    /// <summary>Most values are short; some fill a good part of a block.</summary>
    private static string DrawValue(Random random)
    {
        int length = random.Next(20) == 0 ? random.Next(2000) : random.Next(1, 40);
        return new string(random.GetItems<char>(Characters, length)).Trim();
    }
}
