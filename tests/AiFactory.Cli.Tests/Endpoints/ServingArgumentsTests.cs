using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Endpoints;
using AiFactory.Domain.Endpoints;

namespace AiFactory.Cli.Tests.Endpoints;

public sealed class ServingArgumentsTests
{
    [Theory]
    [InlineData("2..8", 2, 8)]
    [InlineData("2..", 2, 0)]
    [InlineData("3", 3, 3)]
    public void Replicas_WrittenAsDocumented_AreRead(string text, int min, int max) => Assert.Equal(new ReplicaBounds(min, max), ServingArguments.Replicas(text));

    [Fact]
    public void Breaker_ShorterThanItMayBe_HasDefaults() => Assert.Equal(new BreakerTerms(0.25, 10), ServingArguments.Breaker("0.25,10"));

    [Fact]
    public void Fallback_EachKind_IsRead()
    {
        Assert.Equal(new FallbackStep(FallbackKind.Variant, "b"), ServingArguments.Fallback("variant:b"));
        Assert.Equal(new FallbackStep(FallbackKind.Cached), ServingArguments.Fallback("cached"));
        var fixedStep = ServingArguments.Fallback("default:{\"p\":[0.5]}");
        Assert.Equal((FallbackKind.Default, 0.5), (fixedStep.Kind, fixedStep.Outputs!["p"][0].GetDouble()));
    }

    [Theory]
    [InlineData("variant:")]
    [InlineData("default:[1]")]
    [InlineData("default:{")]
    [InlineData("other")]
    public void Fallback_WrittenOtherwise_IsUsage(string text) => Assert.Throws<UsageException>(() => ServingArguments.Fallback(text));

    [Theory]
    [InlineData("a..b")]
    [InlineData("")]
    [InlineData("-1")]
    public void Replicas_WrittenOtherwise_IsUsage(string text) => Assert.Throws<UsageException>(() => ServingArguments.Replicas(text));

    [Theory]
    [InlineData("0.5,20,10,5,1")]
    [InlineData("half")]
    public void Breaker_WrittenOtherwise_IsUsage(string text) => Assert.Throws<UsageException>(() => ServingArguments.Breaker(text));
}
