using System.Net.Security;
using System.Security.Authentication;

namespace UringHttp;

/// <summary>Puts TLS between a connection and its socket: <see cref="SslStream"/>, with the user's options.</summary>
internal static class TlsHandshake
{
    /// <summary>
    /// Authenticates the server. Runs on the thread pool: checking a certificate may take milliseconds, and calls users' code.
    /// </summary>
    /// <param name="inner">What TLS goes over; disposed when it fails.</param>
    /// <param name="options">The user's; copied, since <see cref="SslStream"/> keeps what it gets.</param>
    /// <param name="host">The name that the certificate must have, unless the options name another for the origin.</param>
    /// <param name="isProxy">Whether it is not the origin, but a proxy on the way there.</param>
    /// <param name="token">Ends the attempt.</param>
    /// <exception cref="AuthenticationException">The server's certificate is not good, or they found no common ground.</exception>
    /// <exception cref="IOException">The connection failed.</exception>
    internal static async Task<SslStream> RunAsync(
        Stream inner, SslClientAuthenticationOptions options, string host, bool isProxy, CancellationToken token)
    {
        var tls = new SslStream(inner);
        try
        {
            SslClientAuthenticationOptions copy = Copy(options, host);
            copy.TargetHost = isProxy ? host : copy.TargetHost;
            await Task.Run(() => tls.AuthenticateAsClientAsync(copy, token), token).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

#pragma warning disable CA1416 // the library is for Linux only
    /// <summary>A copy of all there is: the options are the user's, who may change them afterwards.</summary>
    internal static SslClientAuthenticationOptions Copy(SslClientAuthenticationOptions options, string? host) => new()
    {
        AllowRenegotiation = options.AllowRenegotiation,
        AllowRsaPkcs1Padding = options.AllowRsaPkcs1Padding,
        AllowRsaPssPadding = options.AllowRsaPssPadding,
        AllowTlsResume = options.AllowTlsResume,
        ApplicationProtocols = options.ApplicationProtocols is { } protocols ? [.. protocols] : null,
        CertificateChainPolicy = options.CertificateChainPolicy,
        CertificateRevocationCheckMode = options.CertificateRevocationCheckMode,
        CipherSuitesPolicy = options.CipherSuitesPolicy,
        ClientCertificateContext = options.ClientCertificateContext,
        ClientCertificates = options.ClientCertificates,
        EnabledSslProtocols = options.EnabledSslProtocols,
        EncryptionPolicy = options.EncryptionPolicy,
        LocalCertificateSelectionCallback = options.LocalCertificateSelectionCallback,
        RemoteCertificateValidationCallback = options.RemoteCertificateValidationCallback,
        TargetHost = string.IsNullOrEmpty(options.TargetHost) ? host : options.TargetHost,
    };
#pragma warning restore CA1416
}
