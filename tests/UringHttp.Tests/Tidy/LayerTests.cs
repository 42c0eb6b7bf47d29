using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace UringHttp.Tests.Tidy;

/// <summary>Imports go down only: between the projects, and between the folders of UringHttp.Loop.</summary>
internal sealed class LayerTests
{
    /// <summary>The folders of UringHttp.Loop from the lowest; the files beside them may use all.</summary>
    private static readonly string[] LoopFolders = ["Interop", "Buffers", "Operations", "Sockets"];

    [TestCase("UringHttp.Http1")]
    [TestCase("UringHttp.Loop")]
    [TestCase("UringHttp", "UringHttp.Http1", "UringHttp.Loop")]
    [TestCase("UringHttp.Extensions.DependencyInjection", "UringHttp")]
    public void A_shipped_project_refers_to_lower_ones_only(string project, params string[] lower)
    {
        var references = Project(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        Assert.That(references, Is.EquivalentTo(lower));
    }

    [TestCase("UringHttp.Http1")]
    [TestCase("UringHttp.Loop", "Microsoft.Extensions.ObjectPool")]
    [TestCase("UringHttp", "Microsoft.Extensions.ObjectPool")]
    [TestCase("UringHttp.Extensions.DependencyInjection", "Microsoft.Extensions.Http")]
    public void A_shipped_project_depends_on_known_packages_only(string project, params string[] packages)
    {
        var references = Project(project).Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value);
        Assert.That(references, Is.EquivalentTo(packages));
    }

    [Test]
    public void Only_the_loop_may_be_unsafe()
    {
        var unsafeProjects = Repository.Sources("src", ".csproj", ".props").Where(file => file.Text.Contains("AllowUnsafeBlocks"));
        Assert.That(unsafeProjects.Select(file => file.Path), Is.EqualTo(["src/UringHttp.Loop/UringHttp.Loop.csproj"]));
    }

    [Test]
    public void The_folders_of_the_loop_use_lower_ones_only()
    {
        var violations =
            from lower in Enumerable.Range(0, LoopFolders.Length)
            from file in SourcesOf(LoopFolders[lower])
            from higher in LoopFolders[(lower + 1)..]
            from type in SourcesOf(higher).SelectMany(declaring => declaring.DeclaredTypes)
            where Regex.IsMatch(file.Code, $@"\b{type}\b")
            select $"{file} uses {type}, which {higher} declares";
        Rule.IsKept(string.Join(" -> ", LoopFolders.Reverse()), violations);
    }

    private static XDocument Project(string name) => XDocument.Parse(Repository.Read($"src/{name}/{name}.csproj"));

    private static IEnumerable<SourceFile> SourcesOf(string folder)
    {
        var path = $"src/UringHttp.Loop/{folder}";
        return Directory.Exists(Path.Combine(Repository.Root, path)) ? Repository.Sources(path, ".cs") : [];
    }
}
