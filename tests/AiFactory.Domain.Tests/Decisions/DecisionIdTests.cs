using AiFactory.Domain.Decisions;

namespace AiFactory.Domain.Tests.Decisions;

public sealed class DecisionIdTests
{
    [Theory]
    [InlineData("silo-1", 0x2f40, "silo-1-00000000002f40")]
    [InlineData("s", 0, "s-00000000000000")]
    [InlineData("a-b", (1L << 56) - 1, "a-b-ffffffffffffff")]
    public void ToString_AnyAddress_ParsesBack(string log, long address, string text)
    {
        var id = new DecisionId(log, address);
        Assert.Equal(text, id.ToString());
        Assert.Equal(id, DecisionId.Parse(text).OrThrow());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-00000000002f40")]
    [InlineData("silo-1-2f40")]
    [InlineData("silo-1_00000000002f40")]
    [InlineData("silo-1-0000000000zzzz")]
    [InlineData("silo-1--0000000002f40x")]
    public void Parse_AnythingElse_IsRefused(string text) => Assert.Equal("decision-id-malformed", DecisionId.Parse(text).Refusal?.Code);
}
