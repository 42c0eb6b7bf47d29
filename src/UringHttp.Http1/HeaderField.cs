namespace UringHttp;

/// <summary>One field of a message: spans into the received bytes, valid as long as those are.</summary>
public readonly ref struct HeaderField
{
    internal HeaderField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownHeader known)
    {
        Name = name;
        Value = value;
        Known = known;
    }

    /// <summary>The name as it was received: a token, in the peer's upper and lower case.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>
    /// The value without white space at its ends; may be empty. Bytes from 0x80 to 0xFF are possible (obs-text, RFC 9110 §5.5);
    /// controls other than HTAB are not.
    /// </summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The id of the name, or <see cref="KnownHeader.None"/>.</summary>
    public KnownHeader Known { get; }
}
