namespace UringHttp.Simulation;

/// <summary>
/// Makes of some seeds such in which the client of prepared requests has pipelines: more callers, fewer connections, and for the most
/// part GET and HEAD. It has numbers of its own: all other seeds are what they were before there was this.
/// </summary>
internal sealed class PipelineDraw
{
    /// <summary>With this one, no seed that had failed before became another run.</summary>
    private const ulong OwnNumbers = 152;

    private readonly ulong _seed;

    private PipelineDraw(ulong seed, SeededRandom random)
    {
        _seed = seed;
        Depth = random.Between(2, 16);
        Callers = random.Pick(2, 4, 6, 8, 12);
        RequestsEach = random.Between(1, 4);
        Connections = random.Pick(1, 1, 1, 2, 3);
        Ports = random.Pick(1, 1, 1, 2);
    }

    /// <summary>The most requests of one connection that are not answered.</summary>
    public int Depth { get; }

    public int Callers { get; }

    public int RequestsEach { get; }

    /// <summary>The most connections to one port: a pipeline begins where no other may be made.</summary>
    public int Connections { get; }

    public int Ports { get; }

    /// <summary>That of a seed; null for most.</summary>
    public static PipelineDraw? Of(ulong seed)
    {
        var random = new SeededRandom(SeededRandom.Mix(seed, OwnNumbers));
        return random.Chance(300) ? new PipelineDraw(seed, random) : null;
    }

    /// <summary>Makes a request one that goes behind others, or leaves it as it is.</summary>
    public RequestPlan Change(RequestPlan plan)
    {
        var random = new SeededRandom(SeededRandom.Mix(_seed, (ulong)(200_000 + plan.Id)));
        if (random.Chance(850))
        {
            plan = plan with
            {
                Method = random.Pick("GET", "GET", "GET", "HEAD"),
                IsPrepared = true,
                ContentLength = -1,
                IsChunked = false,
                IsContentSlow = false,
                ExpectsContinue = false,
            };
        }

        bool mayPipeline = plan is { IsPrepared: true, Method: "GET" or "HEAD", AnnouncesClose: false };
        return plan with
        {
            PauseBefore = random.Chance(700) ? 0 : plan.PauseBefore,
            PipelineDepth = mayPipeline ? Depth : 1,
        };
    }
}
