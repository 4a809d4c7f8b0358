using System.Runtime.InteropServices;
using System.Text;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Workers.Devices;

namespace AiFactory.Grains.Workers.Tests.Devices;

public sealed class WarmupRowsTests
{
    private static readonly ModelSignature Mixed = new(
        [new("x", TensorDataType.Fp32, [2]), new("text", TensorDataType.Bytes, []), new("n", TensorDataType.Int64, [1])], [new("y", TensorDataType.Fp32, [1])]);

    [Fact]
    public void Zeros_AnySignature_IsOneWholeRow()
    {
        var row = Assert.Single(WarmupRows.Zeros(Mixed));

        Assert.Equal(row.Length, new PackedRows(Mixed.Inputs).FirstRowLength(row));
        Assert.All(row, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Read_Sample_GivesItsRows()
    {
        var rows = Read(Mixed, """{"inputs":[{"name":"n","shape":[2,1],"datatype":"INT64","data":[7,8]},{"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2],[3,4]]},{"name":"text","shape":[2],"datatype":"BYTES","data":["","hi"]}]}""");

        Assert.Equal(2, rows.Count);
        Assert.Equal([1f, 2f], MemoryMarshal.Cast<byte, float>(rows[0].AsSpan(0, 8)).ToArray());
        Assert.Equal([0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0], rows[0][8..]);
        Assert.Equal([2, 0, 0, 0, (byte)'h', (byte)'i', 8, 0, 0, 0, 0, 0, 0, 0], rows[1][8..]);
    }

    [Theory]
    [InlineData("FP16", TensorDataType.Fp16, "1.5", "00-3E")]
    [InlineData("FP64", TensorDataType.Fp64, "1", "00-00-00-00-00-00-F0-3F")]
    [InlineData("BOOL", TensorDataType.Bool, "true", "01")]
    [InlineData("INT8", TensorDataType.Int8, "-1", "FF")]
    [InlineData("UINT16", TensorDataType.UInt16, "258", "02-01")]
    public void Read_Types_AreLittleEndian(string name, TensorDataType type, string value, string hex)
    {
        var signature = new ModelSignature([new("x", type, [])], []);

        Assert.Equal(hex, BitConverter.ToString(Assert.Single(Read(signature, $$"""{"inputs":[{"name":"x","shape":[1],"datatype":"{{name}}","data":[{{value}}]}]}"""))));
    }

    [Theory]
    [InlineData("rubbish")]
    [InlineData("{}")]
    [InlineData("""{"inputs":[]}""")]
    [InlineData("""{"inputs":[{"name":"x","data":[1,2]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"data":[1,2,3]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"data":[1,2,3]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"data":["a","b"]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[0,2],"data":[]}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"data":1}]}""")]
    public void Read_Malformed_IsRefused(string json)
    {
        var signature = new ModelSignature([new("x", TensorDataType.Fp32, [2])], []);

        Assert.Equal("warmup-malformed", Assert.Throws<RefusedException>(() => Read(signature, json)).Refusal.Code);
    }

    [Fact]
    public void ZerosAndRead_FreeAxesAndSequence_AreWholeRows()
    {
        var signature = new ModelSignature([new("x", TensorDataType.Fp32, [-1, 2])], [], Sequence: [new("h", "hn")]);
        var layout = PackedRows.Inputs(signature);

        var zeros = Assert.Single(WarmupRows.Zeros(signature, 3));
        var read = Assert.Single(Read(signature, """{"inputs":[{"name":"x","shape":[1,1,2],"datatype":"FP32","data":[1,2]}]}"""));

        Assert.Equal(zeros.Length, layout.FirstRowLength(zeros));
        Assert.Equal(3 * 2 * sizeof(float), zeros.Length - read.Length + (2 * sizeof(float)));
        Assert.Equal(read.Length, layout.FirstRowLength(read));
        Assert.True(SequencePrefix.Read(read).End);
    }

    private static IReadOnlyList<byte[]> Read(ModelSignature signature, string json) => WarmupRows.Read(signature, Encoding.UTF8.GetBytes(json));
}
