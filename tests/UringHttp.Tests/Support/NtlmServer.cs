using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace UringHttp.Tests.Support;

/// <summary>
/// The other side of NTLM (MS-NLMP), alone or within Negotiate (RFC 4178), as far as a client can tell it from a real one: it checks the
/// password's proof, and authenticates connections. Knows one user.
/// </summary>
internal sealed class NtlmServer(string scheme)
{
    internal const string UserName = "user";
    internal const string Password = "password";

    private const ulong Nonce = 0x0123456789abcdef;
    private const string NtlmMechanism = "1.3.6.1.4.1.311.2.2.10";

    /// <summary>Unicode, NTLM, target information, signatures, extended session security, 128 bits.</summary>
    private const uint Flags = 0x62898235;

    private static readonly byte[] Signature = [.. "NTLMSSP\0"u8];

    /// <summary>MD4 of the password in UTF-16, which the BCL does not compute.</summary>
    private static readonly byte[] PasswordHash = Convert.FromHexString("8846F7EAEE8FB117AD06BDD830B7586C");

    /// <summary>What each connection has come to: challenged, or (true) authenticated.</summary>
    private readonly ConcurrentDictionary<int, bool> _connections = new();

    internal string Scheme => scheme;

    /// <summary>Takes what a request says of who asks.</summary>
    /// <returns>The challenge to refuse it with; null when the connection is authenticated.</returns>
    internal string? Answer(int connection, string? authorization)
    {
        if (_connections.TryGetValue(connection, out bool isAuthenticated) && isAuthenticated)
        {
            return null;
        }

        if (authorization?.StartsWith($"{scheme} ", StringComparison.Ordinal) != true)
        {
            return scheme;
        }

        byte[] token = Convert.FromBase64String(authorization[(scheme.Length + 1)..]);
        ReadOnlySpan<byte> message = token.AsSpan(token.AsSpan().IndexOf(Signature));
        if (message[8] == 1)
        {
            _connections[connection] = false;
            return $"{scheme} {Convert.ToBase64String(Challenge())}";
        }

        // The proof is about the nonce that this connection was given.
        if (!_connections.ContainsKey(connection) || !IsProof(message))
        {
            return scheme;
        }

        _connections[connection] = true;
        return null;
    }

    [SuppressMessage("Security", "CA5351", Justification = "NTLM is made of it.")]
    internal static byte[] Hash(byte[] bytes) => MD5.HashData(bytes);

    [SuppressMessage("Security", "CA5351", Justification = "NTLM is made of it.")]
    private static bool IsProof(ReadOnlySpan<byte> message)
    {
        string user = Encoding.Unicode.GetString(Field(message, 36));
        string domain = Encoding.Unicode.GetString(Field(message, 28));
        byte[] key = HMACMD5.HashData(PasswordHash, Encoding.Unicode.GetBytes(user.ToUpperInvariant() + domain));
        ReadOnlySpan<byte> response = Field(message, 20);
        byte[] proved = new byte[8 + response.Length - 16];
        BinaryPrimitives.WriteUInt64LittleEndian(proved, Nonce);
        response[16..].CopyTo(proved.AsSpan(8));
        return user == UserName && HMACMD5.HashData(key, proved).AsSpan().SequenceEqual(response[..16]);
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> message, int at) => message.Slice(
        BinaryPrimitives.ReadInt32LittleEndian(message[(at + 4)..]), BinaryPrimitives.ReadUInt16LittleEndian(message[at..]));

    private byte[] Challenge()
    {
        byte[] domain = Encoding.Unicode.GetBytes("DOM");
        byte[] information =
        [
            2, 0, (byte)domain.Length, 0, .. domain,
            1, 0, (byte)domain.Length, 0, .. domain,
            7, 0, 8, 0, .. BitConverter.GetBytes(DateTime.UtcNow.ToFileTimeUtc()),
            0, 0, 0, 0,
        ];
        byte[] message =
        [
            .. Signature, .. BitConverter.GetBytes(2),
            (byte)domain.Length, 0, (byte)domain.Length, 0, .. BitConverter.GetBytes(56),
            .. BitConverter.GetBytes(Flags), .. BitConverter.GetBytes(Nonce), .. new byte[8],
            (byte)information.Length, 0, (byte)information.Length, 0, .. BitConverter.GetBytes(56 + domain.Length),
            6, 1, 0, 0, 0, 0, 0, 15, .. domain, .. information,
        ];
        return scheme == "Negotiate" ? WrapForNegotiate(message) : message;
    }

    /// <summary>NegTokenResp: accept-incomplete, the mechanism, its token.</summary>
    private static byte[] WrapForNegotiate(byte[] token)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteEncodedValue([0x0A, 1, 1]);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            {
                writer.WriteObjectIdentifier(NtlmMechanism);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
            {
                writer.WriteOctetString(token);
            }
        }

        return writer.Encode();
    }
}
