using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Tests.Models;

public sealed class ModelRulesTests
{
    private static readonly ModelKey Key = new("default", "churn");
    private static readonly string Sha = new('a', 64);
    private static readonly ModelSignature Signature = new([new TensorSpec("age", TensorDataType.Fp32, [1])], [new TensorSpec("probability", TensorDataType.Fp32, [1])]);

    [Theory]
    [InlineData(0.6, 1e-5, true)]
    [InlineData(0.59, 1e-5, false)]
    [InlineData(0.9, 1.1e-5, false)]
    [InlineData(double.NaN, 0, false)]
    [InlineData(0.9, double.NaN, false)]
    public void Judge_Evaluation_PassesWithinBoth(double auc, double difference, bool passed)
    {
        var report = new ModelGate().Judge(new Evaluation(100, new Estimate(auc, auc, auc), new Estimate(0.9, 0.8, 1), 0.1, difference));
        Assert.Equal(passed, report.Passed);
        Assert.Equal(2, report.Findings.Count);
    }

    [Fact]
    public void Judge_Imported_PassesAndSaysSo()
    {
        var report = new ModelGate().Judge(null, ["It ran."]);
        Assert.True(report.Passed);
        Assert.Equal("It ran.", report.Findings[0]);
        Assert.StartsWith("Not checked: quality", report.Findings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Register_Line_NumbersFromOne()
    {
        var first = Register(ModelLine.Empty, Command("r1")).OrThrow();
        var second = Register(ModelLine.Empty.Apply(first), Command("r2")).OrThrow();
        Assert.Equal((1, 2), (first.Version.Version, second.Version.Version));
    }

    [Fact]
    public void Register_KnownId_GivesSameVersionOrConflict()
    {
        var first = Register(ModelLine.Empty, Command("r1")).OrThrow();
        var line = ModelLine.Empty.Apply(first);
        Assert.Same(first, Register(line, Command("r1")).OrThrow());
        Assert.Equal("registration-conflict", Register(line, Command("r1") with { ArtifactSha256 = new string('b', 64) }).Refusal!.Code);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Register_BadDigest_IsRefused(string sha) =>
        Assert.Equal("model-invalid", Register(ModelLine.Empty, Command("r") with { ArtifactSha256 = sha }).Refusal!.Code);

    [Fact]
    public void Register_ClassesOnMissingOutput_IsRefused() =>
        Assert.Equal("model-invalid", Register(ModelLine.Empty, Command("r") with { Classes = new BinaryClasses("score", "no", "yes") }).Refusal!.Code);

    [Fact]
    public void Find_Versions_ByNumberOrNewest()
    {
        var line = ModelLine.Empty.Apply(Register(ModelLine.Empty, Command("r1")).OrThrow());
        Assert.Equal(1, ModelRules.Find(line, Key, null).OrThrow().Version);
        Assert.Equal("model-version-not-found", ModelRules.Find(line, Key, 2).Refusal!.Code);
        Assert.Equal("model-version-not-found", ModelRules.Find(line, Key, 0).Refusal!.Code);
        Assert.Equal("model-not-found", ModelRules.Find(ModelLine.Empty, Key, null).Refusal!.Code);
    }

    private static Ruling<RegisteredVersion> Register(ModelLine line, RegisterModelVersion command) =>
        ModelRules.Register(line, Key, command, new ModelGate(), DateTimeOffset.UnixEpoch);

    private static RegisterModelVersion Command(string id) => new(
        id, Sha, 10, Signature, null, new ModelOrigin(null, null, "m.onnx", "1"), "import", new Dictionary<string, string>(), null);
}
