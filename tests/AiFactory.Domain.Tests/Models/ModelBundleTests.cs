using AiFactory.Domain.Models;

namespace AiFactory.Domain.Tests.Models;

public sealed class ModelBundleTests
{
    private static readonly ArtifactFile Graph = new("model.onnx", new string('a', 64), 10);

    [Theory]
    [InlineData("weights.data", true)]
    [InlineData("parts/weights.data", true)]
    [InlineData("", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("../weights.data", false)]
    [InlineData("parts/../../weights.data", false)]
    [InlineData("./weights.data", false)]
    [InlineData("a//b", false)]
    [InlineData("c:\\weights", false)]
    public void IsPath_OnlyInsideTheFolder(string path, bool sound) => Assert.Equal(sound, ModelBundle.IsPath(path));

    [Fact]
    public void Check_WholeManifest_IsGiven()
    {
        var bundle = new ModelBundle(ModelBundle.CurrentFormat, "model.onnx", [Graph, Graph with { Path = "weights.data" }]);

        Assert.Same(bundle, ModelBundle.Check(bundle).OrThrow());
    }

    [Fact]
    public void Check_AnythingElse_IsCorrupt()
    {
        Assert.All(
            new ModelBundle?[]
            {
                null,
                new("other/1", "model.onnx", [Graph]),
                new(ModelBundle.CurrentFormat, "other.onnx", [Graph]),
                new(ModelBundle.CurrentFormat, "model.onnx", [Graph, Graph]),
                new(ModelBundle.CurrentFormat, "model.onnx", [Graph, Graph with { Path = "../x" }]),
                new(ModelBundle.CurrentFormat, "model.onnx", []),
            },
            bundle => Assert.Equal("artifact-corrupt", ModelBundle.Check(bundle).Refusal!.Code));
    }
}
