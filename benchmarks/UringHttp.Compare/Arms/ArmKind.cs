using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>What an arm stands for in the report.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ArmKind>))]
internal enum ArmKind
{
    /// <summary>What .NET has, and what others have.</summary>
    Other,

    /// <summary>What this repository is about.</summary>
    Ours,

    /// <summary>What no client can be cheaper than; drawn as a line.</summary>
    Limit,
}
