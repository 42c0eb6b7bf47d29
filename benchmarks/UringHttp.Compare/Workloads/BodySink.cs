using System.Text.Json.Serialization;

namespace UringHttp.Compare;

/// <summary>Where the bytes of a body go.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BodySink>))]
internal enum BodySink
{
    /// <summary>Into a small buffer, over what was there.</summary>
    Discard,

    /// <summary>Into a buffer of the caller's that has room for the whole body, and is used again for the next.</summary>
    Buffers,

    /// <summary>Into a file in memory (/dev/shm), made anew for each body.</summary>
    Files,
}
