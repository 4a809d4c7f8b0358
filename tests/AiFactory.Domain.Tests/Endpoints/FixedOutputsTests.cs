using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Tests.Endpoints;

public sealed class FixedOutputsTests
{
    [Theory]
    [InlineData(TensorDataType.Bool, "true", "01")]
    [InlineData(TensorDataType.UInt8, "255", "FF")]
    [InlineData(TensorDataType.Int16, "-2", "FEFF")]
    [InlineData(TensorDataType.UInt32, "1", "01000000")]
    [InlineData(TensorDataType.Int64, "-1", "FFFFFFFFFFFFFFFF")]
    [InlineData(TensorDataType.Fp16, "1", "003C")]
    [InlineData(TensorDataType.Fp32, "0.5", "0000003F")]
    [InlineData(TensorDataType.Fp64, "1", "000000000000F03F")]
    [InlineData(TensorDataType.Bytes, "\"ab\"", "020000006162")]
    public void Pack_OneElement_IsTheBytesOfTheType(TensorDataType type, string value, string hex) =>
        Assert.Equal(hex, Convert.ToHexString(Pack([new("p", type, [])], ("p", value)).OrThrow()));

    [Fact]
    public void Pack_SeveralTensors_StandInSignatureOrderNestedOrFlat()
    {
        TensorSpec[] outputs = [new("p", TensorDataType.UInt8, [2, 2]), new("q", TensorDataType.UInt8, [2])];

        Assert.Equal([1, 2, 3, 4, 8, 9], Pack(outputs, ("q", "[8,9]"), ("p", "[[1,2],[3,4]]")).OrThrow());
        Assert.Equal([1, 2, 3, 4, 8, 9], Pack(outputs, ("q", "[8,9]"), ("p", "[1,2,3,4]")).OrThrow());
    }

    [Theory]
    [InlineData("p", "[1]", "2 elements")]
    [InlineData("p", "[1,256]", "256")]
    [InlineData("p", "[1,\"x\"]", "x")]
    [InlineData("r", "[1,2]", "no output 'r'")]
    public void Pack_WhatDoesNotFit_IsRefusedByName(string name, string value, string says) =>
        Assert.Contains(says, Pack([new("p", TensorDataType.UInt8, [2])], (name, value)).Refusal!.What, StringComparison.Ordinal);

    [Fact]
    public void Pack_MissingOrFreeAxisOrTooLargeForItsType_IsRefused()
    {
        Assert.Contains("no value", Pack([new("p", TensorDataType.UInt8, []), new("q", TensorDataType.UInt8, [])], ("p", "1")).Refusal!.What, StringComparison.Ordinal);
        Assert.Contains("fixed shape", Pack([new("p", TensorDataType.Fp32, [-1])], ("p", "[1]")).Refusal!.What, StringComparison.Ordinal);
        Assert.Contains("1e39", Pack([new("p", TensorDataType.Fp32, [])], ("p", "1e39")).Refusal!.What, StringComparison.Ordinal);
    }

    private static Refusals.Ruling<byte[]> Pack(TensorSpec[] outputs, params (string Name, string Value)[] values) =>
        FixedOutputs.Pack(new([], outputs), values.ToDictionary(value => value.Name, value => JsonElement.Parse(value.Value)));
}
