using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace UringHttp.Soak;

/// <summary>The report as a file for programs, with a line for each sample.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is a file, not a part of a page
        Converters = { new SampleConverter() },
    };

    public static void Write(SoakReport report, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, report, s_options);
    }

    /// <summary>A sample on one line.</summary>
    private sealed class SampleConverter : JsonConverter<Sample>
    {
        public override Sample? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<Sample>(ref reader, JsonSerializerOptions.Web);

        public override void Write(Utf8JsonWriter writer, Sample value, JsonSerializerOptions options) =>
            writer.WriteRawValue(JsonSerializer.Serialize(value, JsonSerializerOptions.Web));
    }
}
