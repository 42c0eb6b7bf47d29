using System.Globalization;
using System.Text;

namespace UringHttp.Tests.Client.RandomExchanges;

/// <summary>
/// The plan of one exchange, drawn at random, and how far it has come. Whoever takes part in it (resolver, proxy, peer, content, caller)
/// finds it by its number and does what it says.
/// </summary>
internal sealed class RandomExchange
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stage;

    private RandomExchange(int id) => Id = id;

    internal int Id { get; }

    internal required Way Way { get; init; }

    /// <summary>The stage at which it stops, to be ended there. Null: it goes on, and what ends it comes at any time.</summary>
    internal Stage? Target { get; init; }

    internal required Ending Ending { get; init; }

    /// <summary>When its end comes: after the target was reached, or after its start.</summary>
    internal TimeSpan EndsAfter { get; init; }

    /// <summary>It stays at its target at least until this ends.</summary>
    internal Task HeldUntil { get; init; } = Task.CompletedTask;

    /// <summary>Of the response's body, in bytes.</summary>
    internal int Length { get; init; }

    internal bool IsChunked { get; init; }

    /// <summary>Where the peer breaks the answer off; may lie beyond it.</summary>
    internal int FaultAt { get; init; } = int.MaxValue;

    /// <summary>Whether it breaks off with a reset, or with an end that looks orderly.</summary>
    internal bool FaultIsReset { get; init; }

    /// <summary>-1: the request has no content.</summary>
    internal int ContentLength { get; init; } = -1;

    internal bool IsContentChunked { get; init; }

    internal bool ContentFails { get; init; }

    /// <summary>Draws for whoever takes part.</summary>
    internal int Dice { get; init; }

    /// <summary>A host that only this exchange asks for; null where it shares one.</summary>
    internal string? OwnHost { get; init; }

    /// <summary>A stage that somebody has seen it reach.</summary>
    internal Stage Stage => (Stage)Volatile.Read(ref _stage);

    /// <summary>Ends when the target is reached.</summary>
    internal Task Reached => _reached.Task;

    /// <summary>Ends when the caller is through with it.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Nothing ends this one early: it must be answered.</summary>
    internal bool IsClean => Ending == Ending.None;

    internal byte Fill => (byte)(Id % 251);

    internal static RandomExchange Draw(int id, Random random, bool onLoop)
    {
        Stage? target = random.Next(6) == 0 ? (Stage)random.Next((int)Stage.Names, (int)Stage.Drain + 1) : null;
        Way way = target is { } stage ? WayTo(stage, random) : random.Next(100) switch
        {
            < 66 => Way.Plain,
            < 72 => Way.Named,
            < 77 => Way.Tls,
            < 85 => Way.Forwarded,
            < 87 => Way.Tunnel,
            < 91 => Way.Socks,
            < 93 => Way.Filtered,
            _ => onLoop ? Way.Prepared : Way.Plain,
        };
        Ending ending = target switch
        {
            null => (Ending)(random.Next(5) switch { 0 or 1 => (int)Ending.None, _ => random.Next(1, 5) }),
            Stage.Body => (Ending)random.Next(1, 4),
            Stage.Drain => Ending.Disposal,
            _ => random.Next(3) == 0 ? Ending.Timeout : Ending.Token,
        };
        bool hasContent = way != Way.Prepared && (target == Stage.SendBody || random.Next(3) == 0);
        return new RandomExchange(id)
        {
            Way = way,
            Target = target,
            Ending = ending,
            EndsAfter = TimeSpan.FromMicroseconds(random.Next(target is null ? 1 : 0, ending == Ending.Timeout ? 4_000 : 1_500)),
            Length = random.Next(8) switch { 0 => 0, < 5 => random.Next(200), < 7 => random.Next(5_000), _ => random.Next(60_000) }
                + (target is Stage.Body or Stage.Drain ? 100 : 0),
            IsChunked = random.Next(3) == 0,
            FaultAt = target is null && ending == Ending.Fault
                ? random.Next(8) switch { 0 => 0, < 4 => random.Next(120), _ => random.Next(30_000) }
                : int.MaxValue,
            FaultIsReset = random.Next(2) == 0,
            ContentLength = hasContent ? random.Next(random.Next(4) == 0 ? 60_000 : 500) + 2 : -1,
            IsContentChunked = random.Next(2) == 0,
            ContentFails = hasContent && target is null && ending == Ending.Fault && random.Next(4) == 0,
            Dice = random.Next(int.MaxValue),
            OwnHost = target is >= Stage.Names and <= Stage.SendHead
                || way == Way.Named || (ending == Ending.Fault && way is Way.Tls or Way.Tunnel or Way.Socks)
                ? $"x{id}.test"
                : null,
        };
    }

    /// <summary>One of those that fill an origin's connections until a task ends, or (null) that wait behind them.</summary>
    internal static RandomExchange InQueue(int id, string host, Task? until, Random random) => new(id)
    {
        Way = Way.Named,
        Target = until is not null ? Stage.Wait : null,
        Ending = until is not null ? Ending.Token : random.Next(3) switch { 0 => Ending.None, 1 => Ending.Timeout, _ => Ending.Token },
        EndsAfter = TimeSpan.FromMicroseconds(random.Next(1, 1_500)),
        HeldUntil = until ?? Task.CompletedTask,
        Length = 10,
        OwnHost = host,
    };

    /// <summary>Whether what it meets at a stage before it is sent fails. Known for one that has a host of its own.</summary>
    internal bool BreaksAt(Stage stage) => this is { Target: null, Ending: Ending.Fault }
        && stage == (Dice % 4) switch { 0 => Stage.Names, 1 => Stage.Connect, 2 => Stage.Proxy, _ => Stage.Tls };

    /// <summary>It has come so far. Whoever waits for that hears of it.</summary>
    internal void Reach(Stage stage)
    {
        Volatile.Write(ref _stage, (int)stage);
        if (Target == stage)
        {
            _reached.TrySetResult();
        }
    }

    /// <summary>It has come so far, and comes no further when this is its target: then it waits for its end.</summary>
    internal Task StallAsync(Stage stage)
    {
        Reach(stage);
        return Target == stage ? Ended : Task.CompletedTask;
    }

    internal void End() => _ended.TrySetResult();

    /// <summary>The whole answer, and where its body begins.</summary>
    internal (byte[] Bytes, int BodyAt) NewAnswer()
    {
        string framing = IsChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Length}";
        string head = $"HTTP/1.1 200 OK\r\nX-Id: {Id}\r\n{framing}\r\n\r\n";
        var answer = new List<byte>(Encoding.ASCII.GetBytes(head));
        byte[] body = new byte[Length];
        Array.Fill(body, Fill);
        if (!IsChunked)
        {
            answer.AddRange(body);
            return ([.. answer], head.Length);
        }

        int first = Length / 3;
        foreach (byte[] chunk in new[] { body[..first], body[first..] }.Where(chunk => chunk.Length > 0))
        {
            answer.AddRange(Encoding.ASCII.GetBytes(chunk.Length.ToString("X", CultureInfo.InvariantCulture) + "\r\n"));
            answer.AddRange(chunk);
            answer.AddRange("\r\n"u8);
        }

        answer.AddRange("0\r\n\r\n"u8);
        return ([.. answer], head.Length);
    }

    private static Way WayTo(Stage stage, Random random) => stage switch
    {
        Stage.Names or Stage.Connect => Way.Named,
        Stage.Proxy => random.Next(2) == 0 ? Way.Tunnel : Way.Socks,
        Stage.Tls => random.Next(2) == 0 ? Way.Tunnel : Way.Tls,
        Stage.SendHead => Way.Filtered,
        Stage.SendBody => Way.Plain,
        _ => random.Next(10) switch { 0 => Way.Tls, 1 => Way.Forwarded, 2 => Way.Filtered, _ => Way.Plain },
    };
}
