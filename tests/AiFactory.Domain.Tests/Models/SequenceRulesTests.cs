namespace AiFactory.Domain.Models;

public sealed class SequenceRulesTests
{
    private static readonly ModelSignature Graph = new(
        [new("input", TensorDataType.Fp32, [-1, -1]), new("state", TensorDataType.Fp32, [2, -1, 128]), new("sr", TensorDataType.Int64, [])],
        [new("output", TensorDataType.Fp32, [-1, 1]), new("stateN", TensorDataType.Fp32, [-1, -1, -1])], Batched: false);

    [Fact]
    public void Declare_State_IsHiddenFromCallers()
    {
        var signature = SequenceRules.Declare(Graph, [new("state", "stateN")]).OrThrow();
        Assert.Equal(["input", "sr"], signature.Inputs.Select(tensor => tensor.Name));
        Assert.Equal(["output"], signature.Outputs.Select(tensor => tensor.Name));
        Assert.Equal(new SequenceState("state", "stateN"), Assert.Single(signature.Sequence!));
        Assert.False(signature.Batched);
    }

    [Theory]
    [InlineData("none=stateN", "no input 'none'")]
    [InlineData("state=none", "no output 'none'")]
    [InlineData("sr=stateN", "cannot become")]
    [InlineData("input=stateN", "cannot become")]
    [InlineData("state=stateN:2x128", "is not of the shape")]
    [InlineData("state=stateN:3x1x128", "is not of the shape")]
    [InlineData("state=stateN,state=stateN", "named twice")]
    public void Declare_WhatTheGraphHasNot_IsRefused(string text, string why)
    {
        var refusal = SequenceRules.Declare(Graph, SequenceRules.Parse(text).OrThrow()).Refusal;
        Assert.Equal("sequence-invalid", refusal?.Code);
        Assert.Contains(why, refusal!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Declare_NothingLeftForCallers_IsRefused()
    {
        var graph = new ModelSignature([new("a", TensorDataType.Fp32, [1])], [new("b", TensorDataType.Fp32, [1])]);
        Assert.Equal("sequence-invalid", SequenceRules.Declare(graph, [new("a", "b")]).Refusal?.Code);
    }

    [Theory]
    [InlineData("state=stateN")]
    [InlineData("state=stateN:2x1x128")]
    [InlineData("h=hn:2x1x64,c=cn:2x1x64")]
    public void Parse_Text_IsWhatTextGives(string text) => Assert.Equal(text, SequenceRules.Text(SequenceRules.Parse(text).OrThrow()));

    [Theory]
    [InlineData("")]
    [InlineData("state")]
    [InlineData("=stateN")]
    [InlineData("state=")]
    [InlineData("state=stateN,")]
    [InlineData("state=stateN:99999999999")]
    public void Parse_NoPair_IsRefused(string text) => Assert.Equal("sequence-invalid", SequenceRules.Parse(text).Refusal?.Code);
}
