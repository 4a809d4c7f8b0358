using AiFactory.Domain.Models;

namespace AiFactory.Domain.Tests.Models;

public sealed class PaddingRulesTests
{
    private static readonly ModelSignature Encoder = new(
        [new("ids", TensorDataType.Int32, [-1], ["tokens"]), new("mask", TensorDataType.Bool, [-1], ["tokens"]), new("note", TensorDataType.Bytes, [-1], ["notes"])],
        [new("states", TensorDataType.Fp32, [-1, 8], ["tokens", ""]), new("pooled", TensorDataType.Fp32, [8])]);

    [Fact]
    public void Declare_AxisOfTheModel_IsKeptInTheSignature()
    {
        var padding = PaddingRules.Parse("tokens=0,ids=1", "32,64").OrThrow();

        var signature = PaddingRules.Declare(Encoder, padding).OrThrow();

        Assert.Same(padding, signature.Padding);
        Assert.Equal([true, true, false], signature.Inputs.Select(input => PaddingRules.IsPadded(input, padding)));
        Assert.Equal([true, false], signature.Outputs.Select(output => PaddingRules.IsPadded(output, padding)));
        Assert.Equal((1.0, 0.0), (PaddingRules.ValueOf(padding, "ids"), PaddingRules.ValueOf(padding, "mask")));
    }

    [Theory]
    [InlineData("width", "no input")]
    [InlineData("notes", "holds text")]
    [InlineData("tokens,states=1", "'states' is no input")]
    [InlineData("tokens=0.5", "cannot be padded")]
    [InlineData("tokens=2", "cannot be padded")]
    [InlineData("tokens,ids=3e9", "cannot be padded")]
    public void Declare_WhatTheModelHasNot_IsRefused(string pad, string why)
    {
        var refusal = PaddingRules.Declare(Encoder, PaddingRules.Parse(pad, null).OrThrow()).Refusal!;

        Assert.Equal("padding-invalid", refusal.Code);
        Assert.Contains(why, refusal.What, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(refusal.Mend!);
    }

    [Fact]
    public void Declare_ModelsThatRunAloneOrRemember_AreRefused()
    {
        Assert.Contains("one by one", PaddingRules.Declare(Encoder with { Batched = false }, new("tokens")).Refusal!.What, StringComparison.Ordinal);
        Assert.Contains("memory", PaddingRules.Declare(Encoder with { Sequence = [new("h", "hn")] }, new("tokens")).Refusal!.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokens", null, "tokens=0")]
    [InlineData("tokens=-1.5", "", "tokens=-1.5")]
    [InlineData("tokens, ids=1, a=b=2", "8, 16", "tokens=0,a=b=2,ids=1:8,16")]
    public void Parse_Text_IsRead(string pad, string? sizes, string text) => Assert.Equal(text, PaddingRules.Text(PaddingRules.Parse(pad, sizes).OrThrow()));

    [Theory]
    [InlineData("", null)]
    [InlineData("=1", null)]
    [InlineData("tokens=x", null)]
    [InlineData("tokens=NaN", null)]
    [InlineData("tokens,ids", null)]
    [InlineData("tokens,ids=1,ids=2", null)]
    [InlineData("tokens", "0,8")]
    [InlineData("tokens", "8,8")]
    [InlineData("tokens", "8,x")]
    [InlineData("tokens", "8,2000000")]
    public void Parse_WhatSaysNothing_IsRefused(string pad, string? sizes) => Assert.Equal("padding-invalid", PaddingRules.Parse(pad, sizes).Refusal?.Code);

    [Theory]
    [InlineData("32,64", 0, 32)]
    [InlineData("32,64", 32, 32)]
    [InlineData("32,64", 33, 64)]
    [InlineData("32,64", 65, 65)]
    [InlineData(null, 0, 8)]
    [InlineData(null, 9, 12)]
    [InlineData(null, 13, 16)]
    [InlineData(null, 16, 16)]
    [InlineData(null, 17, 24)]
    [InlineData(null, 97, 128)]
    public void SizeOf_Row_IsTheNextSize(string? sizes, int own, int size) => Assert.Equal(size, PaddingRules.SizeOf(PaddingRules.Parse("tokens", sizes).OrThrow(), own));
}
