namespace UringHttp.Compare;

/// <summary>The run cannot go on, or does not count; the message is for the person who started it.</summary>
internal sealed class CompareException(string message) : Exception(message);
