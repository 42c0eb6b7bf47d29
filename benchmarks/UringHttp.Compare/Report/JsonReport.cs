using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>The comparison as a file for programs: everything, each round's raw numbers included.</summary>
internal static class JsonReport
{
    private static readonly ReportJson s_json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is a file, not a part of a page
    });

    public static void Write(Comparison comparison, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, comparison, s_json.Comparison);
    }
}

[JsonSerializable(typeof(Comparison))]
internal sealed partial class ReportJson : JsonSerializerContext;
