using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UringHttp.Tests.Support;

/// <summary>Certificates that sign themselves, made for a test.</summary>
internal static class TestCertificate
{
    /// <summary>For the name localhost, good for a day.</summary>
    internal static X509Certificate2 Localhost { get; } = Create("localhost");

    internal static X509Certificate2 Create(string name, DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset end = notAfter ?? DateTimeOffset.UtcNow.AddDays(1);
        return request.CreateSelfSigned(end.AddDays(-3), end);
    }

    /// <summary>Writes cert.pem and key.pem, as other programs want them.</summary>
    internal static void WritePem(X509Certificate2 certificate, string folder)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }
}
