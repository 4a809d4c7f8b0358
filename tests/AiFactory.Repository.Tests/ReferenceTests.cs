using System.Xml.Linq;

namespace AiFactory.Repository;

/// <summary>References point one way: from the outside in, and never to a heavy engine from a rule.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["AiFactory.Domain"] = [],
        ["AiFactory.Threading"] = [],
        ["AiFactory.Engines"] = ["AiFactory.Domain", "AiFactory.Threading"],
        ["AiFactory.Engines.Onnx"] = ["AiFactory.Engines"],
        ["AiFactory.Engines.Torch"] = ["AiFactory.Engines", "AiFactory.OnnxExport"],
        ["AiFactory.Engines.LightGbm"] = ["AiFactory.Engines", "AiFactory.OnnxExport"],
        ["AiFactory.Devices"] = ["AiFactory.Engines"],
        ["AiFactory.OnnxExport"] = ["AiFactory.Domain"],
        ["AiFactory.Lakehouse"] = ["AiFactory.Domain"],
        ["AiFactory.DecisionLog"] = ["AiFactory.Domain", "AiFactory.Threading"],
        ["AiFactory.Projections"] = ["AiFactory.Domain", "AiFactory.DecisionLog", "AiFactory.Threading"],
        ["AiFactory.Grains.Interfaces"] = ["AiFactory.Domain"],
        ["AiFactory.Grains"] = ["AiFactory.Grains.Interfaces", "AiFactory.Lakehouse", "AiFactory.DecisionLog", "AiFactory.Projections"],
        ["AiFactory.Grains.Workers"] = ["AiFactory.Grains.Interfaces", "AiFactory.Engines", "AiFactory.Lakehouse"],
        ["AiFactory.Gateway"] = ["AiFactory.Grains.Interfaces", "AiFactory.Engines", "AiFactory.DecisionLog", "AiFactory.Lakehouse"],
        ["AiFactory.Console"] = [],
        ["AiFactory.Hosting"] = ["AiFactory.Grains", "AiFactory.Grains.Workers", "AiFactory.Devices", "AiFactory.Engines.Onnx", "AiFactory.Engines.Torch", "AiFactory.Engines.LightGbm"],
        ["AiFactory.Silo"] = ["AiFactory.Hosting", "AiFactory.Gateway", "AiFactory.Console"],
        ["AiFactory.Client"] = ["AiFactory.Domain"],
        // The silo is started as a process: the command line speaks HTTP only.
        ["AiFactory.Cli"] = ["AiFactory.Client"],
    };

    [Fact]
    public void ProjectReferences_EveryProject_PointInward()
    {
        var wrong = Projects()
            .SelectMany(project => References(project.File).Select(reference => (project.Name, reference)))
            .Where(edge => !Allowed.TryGetValue(edge.Name, out var allowed) || !allowed.Contains(edge.reference))
            .Select(edge => $"{edge.Name} -> {edge.reference}");

        Assert.Empty(wrong);
    }

    [Fact]
    public void PackageReferences_Domain_None() =>
        Assert.Empty(XDocument.Load(Path.Combine(RepositoryRoot.Folder, "src/AiFactory.Domain/AiFactory.Domain.csproj")).Descendants("PackageReference"));

    [Fact]
    public void PackageReferences_NoVersionOutsideTheCentralFile() =>
        Assert.DoesNotContain(RepositoryRoot.Files(".csproj"), file => RepositoryRoot.Read(file).Contains("Version=\"", StringComparison.Ordinal));

    [Fact]
    public void Solution_EveryProject_IsListed()
    {
        var solution = RepositoryRoot.Read("AiFactory.sln").Replace('\\', '/');

        Assert.DoesNotContain(RepositoryRoot.Files(".csproj"), file => !solution.Contains(file, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, string File)> Projects() =>
        RepositoryRoot.Files(".csproj", "src", "grains", "silos", "clients").Select(file => (Path.GetFileNameWithoutExtension(file), file));

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(RepositoryRoot.Folder, project)).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
}
