namespace UringHttp.Soak;

/// <summary>Something is not as it must be; the message says what and where.</summary>
internal sealed class SoakException(string message, Exception? innerException = null) : Exception(message, innerException);
