using System.Net;

namespace UringHttp.Simulation;

/// <summary>
/// The proxy that some seeds have, for the requests to all ports or all but one: it reads them, and answers in the place of whom they
/// name. It has numbers of its own, as <see cref="PipelineDraw"/>.
/// </summary>
internal sealed class SimulatedProxy : IWebProxy
{
    public const int Port = 3128;

    /// <summary>With this one, no seed that had failed before became another run.</summary>
    private const ulong OwnNumbers = 195;

    private static readonly Uri s_uri = new($"http://10.0.0.9:{Port}");

    private readonly int _bypassed;

    private SimulatedProxy(SeededRandom random) => _bypassed = random.Pick(0, 8000, 8001);

    public ICredentials? Credentials { get; set; }

    /// <summary>That of a seed; null for most.</summary>
    public static SimulatedProxy? Of(ulong seed)
    {
        var random = new SeededRandom(SeededRandom.Mix(seed, OwnNumbers));
        return random.Chance(200) ? new SimulatedProxy(random) : null;
    }

    public Uri? GetProxy(Uri destination) => s_uri;

    public bool IsBypassed(Uri host) => host.Port == _bypassed;

    /// <summary>Has a request go by it, or leaves it as it is.</summary>
    public RequestPlan Change(RequestPlan plan) => plan with { IsByProxy = plan.Port != _bypassed };
}
