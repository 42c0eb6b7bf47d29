using System.Text.RegularExpressions;

namespace UringHttp.Tests.Faults;

/// <summary>What happens to the packets of a network, by rules of nft. Without a rule all of them get through.</summary>
internal sealed partial class PacketFilter(NetworkNamespace network)
{
    /// <summary>Packets that met a rule since it was made: a fault that hit nothing proves nothing.</summary>
    internal long Met => long.Parse(
        PacketCount().Match(network.Run(string.Empty, Tool.Nft, "list", "counter", "inet", "faults", "met")).Groups["count"].Value);

    /// <summary>Loses packets both ways, each by chance.</summary>
    internal void Lose(int percent) => Apply($"numgen random mod 100 < {percent}", "drop", bothWays: true);

    /// <summary>Loses every packet, without a word.</summary>
    internal void DropAll() => Apply(string.Empty, "drop", bothWays: true);

    /// <summary>Answers every packet by a refusal: "tcp reset", or "icmp host-unreachable" and the like.</summary>
    internal void Reject(string how) => Apply("meta l4proto tcp", $"reject with {how}", bothWays: false);

    /// <summary>Lets all packets through.</summary>
    internal void Clear() => network.Run("table inet faults\ndelete table inet faults\n", Tool.Nft, "-f", "-");

    private void Apply(string match, string verdict, bool bothWays)
    {
        string Chain(string hook) => $$"""
                chain {{hook}} {
                    type filter hook {{hook}} priority 0;
                    {{match}} counter name met {{verdict}}
                }

            """;
        string rules = $$"""
            table inet faults
            delete table inet faults
            table inet faults {
                counter met { }
            {{Chain("input")}}{{(bothWays ? Chain("output") : string.Empty)}}
            }

            """;
        network.Run(rules, Tool.Nft, "-f", "-");
    }

    [GeneratedRegex(@"packets (?<count>\d+)")]
    private static partial Regex PacketCount();
}
