using System.Reflection;
using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

/// <summary>
/// The public surface of a library is a checked-in list, so that a change of it is a visible diff.
/// ./build.sh --target=PublicApi writes the lists.
/// </summary>
internal sealed class PublicApiTests
{
    [TestCase("UringHttp")]
    [TestCase("UringHttp.Extensions.DependencyInjection")]
    [TestCase("UringHttp.Http1")]
    [TestCase("UringHttp.Loop")]
    public void The_public_surface_is_the_listed_one(string assembly)
    {
        var path = Path.Combine(Repository.Root, "src", assembly, "PublicApi.txt");
        var surface = PublicSurface.Of(Assembly.Load(assembly)).ToArray();
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") == "1")
        {
            File.WriteAllLines(path, surface);
        }

        Assert.That(surface, Is.EqualTo(File.ReadAllLines(path)), "if the change is meant: ./build.sh --target=PublicApi");
    }
}
