namespace UringHttp.Soak;

/// <summary>The head of a request as the server has received it.</summary>
internal sealed record ReceivedHead(string Method, string Target, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    /// <summary>The field's value; null when there is none.</summary>
    public string? Find(string name) =>
        Fields.FirstOrDefault(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
