namespace UringHttp.Simulation;

/// <summary>Bytes that tell whose they are: the content of a request, the body of an answer.</summary>
internal static class Pattern
{
    public const int Longest = 512 * 1024;
    private const int Starts = 64 * 1024;

    private static readonly byte[] s_bytes = Make();

    public static ReadOnlyMemory<byte> OfRequest(int id, int length) => s_bytes.AsMemory(((id * 7919) + 101) % Starts, length);

    /// <summary>Each attempt has another body: an answer is one answer's alone.</summary>
    public static ReadOnlyMemory<byte> OfAnswer(int id, int attempt, int length) =>
        s_bytes.AsMemory(((id * 104_729) + (attempt * 1299_709) + 31) % Starts, length);

    private static byte[] Make()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Starts + Longest, pinned: true);
        var random = new SeededRandom(7);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)random.Next();
        }

        return bytes;
    }
}
