namespace UringHttp.Tests.Support;

/// <summary>Random faults in messages.</summary>
internal static class Mutator
{
    private static readonly byte[] _seasoning = "\r\n\r\n\t :;,\0\u007F\u0080\u00FF0159afxAZ-_()\"/HTTP"u8.ToArray();

    /// <summary>Changes, adds, removes, doubles or cuts off a few bytes, or leaves them as they are.</summary>
    public static byte[] Mutate(byte[] message, Random random)
    {
        var bytes = message.ToList();
        for (var change = random.Next(4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = _seasoning[random.Next(_seasoning.Length)];
                    break;
                case 2:
                    bytes.Insert(at, _seasoning[random.Next(_seasoning.Length)]);
                    break;
                case 3:
                    bytes.RemoveAt(at);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.Skip(at).Take(random.Next(1, 60)).ToArray());
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
            }
        }

        return [.. bytes];
    }
}
