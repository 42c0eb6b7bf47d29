using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UringHttp.Compare;

/// <summary>A certificate for 127.0.0.1 that is its own root, for one run.</summary>
internal static class ServerCertificate
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(2);

    public static void Write(string certificatePath, string keyPath)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=UringHttp.Compare", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        DateTimeOffset yesterday = DateTimeOffset.UtcNow.AddDays(-1); // clocks may differ
        using X509Certificate2 certificate = request.CreateSelfSigned(yesterday, yesterday + s_lifetime);
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }
}
