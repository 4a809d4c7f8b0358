using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Endpoints;
using AiFactory.Domain.Experiments;

namespace AiFactory.Cli.Tests.Endpoints;

public sealed class VariantArgumentTests
{
    [Theory]
    [InlineData("a=churn-mlp@1:50", "a", "churn-mlp", 1, 50.0)]
    [InlineData("b=m:12.5", "b", "m", null, 12.5)]
    [InlineData("b=m@latest", "b", "m", null, null)]
    public void Parse_WellFormed_HasItsParts(string text, string name, string model, int? version, double? weight) =>
        Assert.Equal(new VariantArgument(name, new NamedVersion(model, version), weight), VariantArgument.Parse(text));

    [Theory]
    [InlineData("churn-mlp@1:50")]
    [InlineData("=m:50")]
    [InlineData("a=")]
    [InlineData("a=m@x:50")]
    [InlineData("a=m@0:50")]
    [InlineData("a=m@1:half")]
    [InlineData("a=m@1:NaN")]
    public void Parse_Malformed_IsUsage(string text) => Assert.Throws<UsageException>(() => VariantArgument.Parse(text));

    [Theory]
    [InlineData("next=m@2:10", "next", "m", 2, 10.0)]
    [InlineData("next=m@2", "next", "m", 2, 100.0)]
    [InlineData("next=m@latest:0.5", "next", "m", null, 0.5)]
    public void ShadowParse_WellFormed_HasItsParts(string text, string name, string model, int? version, double percent) =>
        Assert.Equal(new ShadowArgument(name, new NamedVersion(model, version), percent), ShadowArgument.Parse(text));

    [Theory]
    [InlineData("m@1:50")]
    [InlineData("=m:50")]
    [InlineData("next=")]
    [InlineData("next=m@0:50")]
    [InlineData("next=m@1:half")]
    [InlineData("next=m@1:NaN")]
    [InlineData("next=m@1:Infinity")]
    public void ShadowParse_Malformed_IsUsage(string text) => Assert.Throws<UsageException>(() => ShadowArgument.Parse(text));

    [Fact]
    public void Weights_NoneStated_AreEqualShares() =>
        Assert.Equal([50.0, 50.0], VariantArgument.Weights([VariantArgument.Parse("a=m"), VariantArgument.Parse("b=n")]));

    [Fact]
    public void Weights_SomeStated_IsUsage() =>
        Assert.Throws<UsageException>(() => VariantArgument.Weights([VariantArgument.Parse("a=m:50"), VariantArgument.Parse("b=n")]));

    [Fact]
    public void Economy_FourAmounts_AreReadInOrder() => Assert.Equal(new DecisionEconomy(110m, -10m, 0.5m, 0m), EconomyArgument.Parse("110,-10,0.5,0"));

    [Theory]
    [InlineData("110,-10,0")]
    [InlineData("110,-10,0,x")]
    public void Economy_Otherwise_IsUsage(string text) => Assert.Throws<UsageException>(() => EconomyArgument.Parse(text));
}
