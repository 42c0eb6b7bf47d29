using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace UringHttp.Compare;

/// <summary>The comparison as a file for programs.</summary>
internal static class JsonReport
{
    private const string RoundsProperty = "rounds";

    /// <summary>Writes everything, or all but the rounds: what remains is small enough to be kept with the sources.</summary>
    public static void Write(Comparison comparison, string path, bool withRounds)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is a file, not a part of a page
            TypeInfoResolver = withRounds ? ReportJson.Default : ReportJson.Default.WithAddedModifier(RemoveRounds),
        };
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, comparison, options.GetTypeInfo(typeof(Comparison)));
    }

    private static void RemoveRounds(JsonTypeInfo type)
    {
        if (type.Type == typeof(ArmResult))
        {
            type.Properties.Remove(type.Properties.First(property => property.Name == RoundsProperty));
        }
    }
}

[JsonSerializable(typeof(Comparison))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class ReportJson : JsonSerializerContext;
