namespace UringHttp.Tests.Fuzzing;

/// <summary>What a parser makes of an input.</summary>
/// <param name="Kind">"taken", "waits", "refused", or what it is refused for.</param>
/// <param name="Meaning">What was taken, in words.</param>
internal sealed record Verdict(string Kind, string Meaning = "")
{
    internal const string Taken = "taken";
    internal const string Waits = "waits";
    internal const string Refused = "refused";
    internal const string Otherwise = "taken otherwise";

    internal bool IsRefused => Kind is not (Taken or Waits);
}
