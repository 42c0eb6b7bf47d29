namespace UringHttp.Soak;

/// <summary>Draws requests by a seed: lengths mostly short, now and then a megabyte or more, in all forms.</summary>
internal sealed class RequestDeck(int seed)
{
    private const int Kibi = 1024;
    private const int Mebi = 1024 * 1024;

    private static readonly AnswerWay[] s_faults = [.. Enum.GetValues<AnswerWay>().Where(way => way != AnswerWay.Whole)];

    private readonly Random _random = new(seed);

    public Random Random => _random;

    /// <summary>A request that a good server answers.</summary>
    public SoakRequest DrawSound()
    {
        bool hasContent = _random.Next(3) == 0;
        return new SoakRequest
        {
            Seed = _random.Next(),
            Sent = hasContent ? DrawLength() : null,
            IsChunked = hasContent && _random.Next(3) == 0,
            Received = DrawLength(),
            Form = _random.Next(12) switch { 0 => BodyForm.UntilClose, <= 4 => BodyForm.Chunked, _ => BodyForm.Length },
        };
    }

    /// <summary>A request that comes to grief, or whose answer is slow.</summary>
    public SoakRequest DrawFaulty()
    {
        // To stall takes a limit of time each, so that it is rare.
        AnswerWay way = _random.Next(40) == 0 ? AnswerWay.Stall : s_faults[_random.Next(s_faults.Length)];
        way = way == AnswerWay.Stall && _random.Next(4) > 0 ? AnswerWay.Reset : way;
        return DrawSound() with
        {
            Way = way,
            Received = 2 + _random.Next(way == AnswerWay.Drip ? 20 * Kibi : 200 * Kibi), // something to stop in the middle of
            Form = way == AnswerWay.BadChunk ? BodyForm.Chunked : (BodyForm)_random.Next(2), // both say how much is missing
        };
    }

    private long DrawLength() => _random.Next(100) switch
    {
        < 10 => 0,
        < 60 => _random.Next(2 * Kibi),
        < 90 => _random.Next(40 * Kibi),
        < 98 => _random.Next(400 * Kibi),
        _ => _random.Next(4 * Mebi),
    };
}
