namespace UringHttp.Simulation;

/// <summary>Which faults a run has, how often, and how often they struck.</summary>
internal sealed class FaultPlan
{
    public static readonly int Kinds = Enum.GetValues<Fault>().Length;

    private readonly int[] _perMille = new int[Kinds];
    private readonly SeededRandom _random;
    private readonly int _failingCall;

    /// <summary>Draws rates: most runs have some faults, a few have none, so that what must always work is seen to.</summary>
    /// <param name="seed">Of the run.</param>
    /// <param name="without">Faults that must not strike: a bit for each.</param>
    /// <param name="failingCall">The call that fails, where one does in turn and nothing else; 0: as the seed has it.</param>
    public FaultPlan(ulong seed, ulong without = 0, int failingCall = 0)
    {
        _random = new SeededRandom(SeededRandom.Mix(seed, 1));
        _failingCall = failingCall;
        bool none = _random.Chance(80) || failingCall != 0;

        // What came later has numbers of its own: the seeds from before are what they were.
        var later = new SeededRandom(SeededRandom.Mix(seed, 6));
        for (int kind = 0; kind < Kinds; kind++)
        {
            SeededRandom random = kind < (int)Fault.PipelineEnds ? _random : later;
            int rate = random.Chance(350) ? random.Pick(3, 10, 30, 100, 300) : 0;
            _perMille[kind] = none || (without >> kind & 1) != 0 ? 0 : rate;
        }
    }

    /// <summary>How often each struck.</summary>
    public long[] Struck { get; } = new long[Kinds];

    /// <summary>Calls that could have failed.</summary>
    public int FallibleCalls { get; private set; }

    public bool AnyEnabled => _perMille.Any(rate => rate > 0) || _failingCall > 0;

    /// <summary>Whether it can strike at all.</summary>
    public bool Has(Fault fault) => _perMille[(int)fault] > 0;

    /// <summary>Whether it strikes now.</summary>
    public bool Strikes(Fault fault) => Strikes(fault, _random);

    /// <summary>Whether it strikes now, by the numbers of somebody who must not depend on others.</summary>
    public bool Strikes(Fault fault, SeededRandom random)
    {
        int rate = _perMille[(int)fault];
        if (rate == 0 || !random.Chance(rate))
        {
            return false;
        }

        Struck[(int)fault]++;
        return true;
    }

    /// <summary>Notes that one struck whose odds somebody else had.</summary>
    public void Count(Fault fault) => Struck[(int)fault]++;

    /// <summary>As <see cref="Strikes(Fault)"/>, for a call of the loop's: each of them can be made to fail in turn.</summary>
    public bool Fails(Fault fault)
    {
        if (++FallibleCalls != _failingCall)
        {
            return Strikes(fault);
        }

        Struck[(int)fault]++;
        return true;
    }
}
