namespace UringHttp;

/// <summary>Whether a message lets its connection carry another exchange (RFC 9112 §9.3).</summary>
public static class KeepAlive
{
    /// <summary>True if the message keeps the connection alive; false if the connection must close after the exchange.</summary>
    /// <remarks>
    /// The connection lives on only if both the request and the response say so, and the response is not framed
    /// <see cref="FramingKind.UntilClose"/>. <c>close</c> overrules <c>keep-alive</c>. Proxy-Connection is not looked at.
    /// </remarks>
    /// <param name="version">The version of the message.</param>
    /// <param name="fields">Its fields.</param>
    public static bool IsKept(ProtocolVersion version, HeaderView fields)
    {
        var isKept = version == ProtocolVersion.Http11;
        for (var at = fields.IndexOf(KnownHeader.Connection); at >= 0; at = fields.IndexOf(KnownHeader.Connection, at + 1))
        {
            var options = fields[at].Value;
            while (Tokens.TryTakeElement(ref options, out var option))
            {
                if (Tokens.EqualsIgnoreCase(option, "close"u8))
                {
                    return false;
                }

                isKept |= Tokens.EqualsIgnoreCase(option, "keep-alive"u8);
            }
        }

        return isKept;
    }
}
