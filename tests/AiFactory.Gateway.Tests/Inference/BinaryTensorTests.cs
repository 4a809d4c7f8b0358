using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Inference;

/// <summary>The binary tensor extension, in both directions.</summary>
public sealed class BinaryTensorTests
{
    private const string Path = "/v2/models/churn/infer";

    private static readonly ModelSignature Wide = new(
        [new("x", TensorDataType.Fp32, [2]), new("name", TensorDataType.Bytes, [1])],
        [new("y", TensorDataType.Fp32, [2]), new("echo", TensorDataType.Bytes, [1])]);

    private static readonly byte[] Names = [1, 0, 0, 0, (byte)'a', 0, 0, 0, 0];

    [Fact]
    public async Task Infer_BinaryInputs_AreTheRowsThemselves()
    {
        await using var host = await Start(Wide);

        var answer = await Post(host, """
            {"inputs":[{"name":"name","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":9}},
                       {"name":"x","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}}]}
            """, [.. Names, .. Singles(1, 2, 3, float.NaN)]);

        Assert.Equal((200, null), (answer.Status, answer.JsonLength));
        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[2,2],"data":[1,2,3,"NaN"]},{"name":"echo","datatype":"BYTES","shape":[2,1],"data":["a",""]}]""",
            answer.Json.GetProperty("outputs").GetRawText());
        Assert.Equal([.. Singles(1, 2), .. Names[..5], .. Singles(3, float.NaN), .. Names[5..]], host.Log.Decisions[0].Features.ToArray());
    }

    [Fact]
    public async Task Infer_BinaryBesideJson_TakesBoth()
    {
        await using var host = await Start(Wide);

        var answer = await Post(host, """
            {"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"name","shape":[1,1],"datatype":"BYTES","parameters":{"binary_data_size":5}}],
             "outputs":[{"name":"echo","parameters":{"binary_data":true}},{"name":"y","parameters":{"binary_data":false}}]}
            """, Names[..5]);

        Assert.Equal("application/octet-stream", answer.ContentType);
        Assert.Equal("""[{"name":"echo","datatype":"BYTES","shape":[1,1],"parameters":{"binary_data_size":5}},{"name":"y","datatype":"FP32","shape":[1,2],"data":[1,2]}]""",
            answer.Json.GetProperty("outputs").GetRawText());
        Assert.Equal(Names[..5], answer.Binary);
    }

    [Fact]
    public async Task Infer_BinaryOutputForAll_GivesTensorAfterTensor()
    {
        await using var host = await Start(Wide);

        var answer = await Post(host, """
            {"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]},{"name":"name","shape":[2,1],"datatype":"BYTES","data":["a",""]}]}
            """);

        Assert.Equal([.. Singles(1, 2, 3, 4), .. Names], answer.Binary);
        Assert.Equal([16, 9], answer.Json.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32()));
    }

    [Theory]
    [InlineData(TensorDataType.Bool, "BOOL", "0100")]
    [InlineData(TensorDataType.UInt8, "UINT8", "00ff")]
    [InlineData(TensorDataType.UInt16, "UINT16", "0000ffff")]
    [InlineData(TensorDataType.UInt32, "UINT32", "00000000ffffffff")]
    [InlineData(TensorDataType.UInt64, "UINT64", "0000000000000000ffffffffffffffff")]
    [InlineData(TensorDataType.Int8, "INT8", "807f")]
    [InlineData(TensorDataType.Int16, "INT16", "0080ff7f")]
    [InlineData(TensorDataType.Int32, "INT32", "00000080ffffff7f")]
    [InlineData(TensorDataType.Int64, "INT64", "0000000000000080ffffffffffffff7f")]
    [InlineData(TensorDataType.Fp16, "FP16", "003e00fc")]
    [InlineData(TensorDataType.Fp32, "FP32", "cdcccc3d0000807f")]
    [InlineData(TensorDataType.Fp64, "FP64", "9a9999999999b93f000000000000f07f")]
    [InlineData(TensorDataType.Bytes, "BYTES", "00000000" + "03000000ff0001")]
    public async Task Infer_EveryDatatypeRaw_ComesBackByteForByte(TensorDataType type, string name, string hex)
    {
        await using var host = await Start(new([new("x", type, [2])], [new("y", type, [2])]));
        var raw = Convert.FromHexString(hex);

        var answer = await Post(host, $$$"""{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[1,2],"datatype":"{{{name}}}","parameters":{"binary_data_size":{{{raw.Length}}}}}]}""", raw);

        Assert.Equal(200, answer.Status);
        Assert.Equal(raw, answer.Binary);
    }

    [Theory]
    [InlineData("FP32", "[1,2]", 7, 7, "8 bytes", "got 7")]
    [InlineData("FP32", "[1,2]", 8, 4, "ends outside", "4 bytes left of 8")]
    [InlineData("FP32", "[1,2]", 8, 9, "1 bytes behind", "body")]
    [InlineData("FP32", "[2147483647,2]", 8, 8, "4294967294", "got 8")]
    [InlineData("FP32", "[1,2]", -1, 8, "binary_data_size", "0 or more")]
    [InlineData("FP64", "[1,2]", 8, 8, "FP32", "FP64")]
    public async Task Infer_BadBinary_NamesIt(string type, string shape, int size, int sent, string expected, string got)
    {
        await using var host = await Start(new([new("x", TensorDataType.Fp32, [2])], [new("y", TensorDataType.Fp32, [2])]));

        var answer = await Post(host, $$$"""{"inputs":[{"name":"x","shape":{{{shape}}},"datatype":"{{{type}}}","parameters":{"binary_data_size":{{{size}}}}}]}""", new byte[sent]);

        Assert.Equal(400, answer.Status);
        Assert.Contains(expected, answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(got, answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);
    }

    [Theory]
    [InlineData(TensorDataType.Bool, "BOOL", "0102", "got 2 at element 1")]
    [InlineData(TensorDataType.Bytes, "BYTES", "01000000610000", "end inside of element 1")]
    [InlineData(TensorDataType.Bytes, "BYTES", "0100000061ffffffff", "end inside of element 1")]
    [InlineData(TensorDataType.Bytes, "BYTES", "0100000061", "got 1")]
    public async Task Infer_BadRawElements_AreRefused(TensorDataType type, string name, string hex, string error)
    {
        await using var host = await Start(new([new("x", type, [2])], [new("y", type, [2])]));
        var raw = Convert.FromHexString(hex);

        var answer = await Post(host, $$$"""{"inputs":[{"name":"x","shape":[1,2],"datatype":"{{{name}}}","parameters":{"binary_data_size":{{{raw.Length}}}}}]}""", raw);

        Assert.Equal(400, answer.Status);
        Assert.Contains(error, answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("9999")]
    public async Task Infer_BadHeader_IsRefused(string length)
    {
        await using var host = await Start(Wide);

        var answer = await Post(host, "{}", [], length);

        Assert.Equal(400, answer.Status);
        Assert.Contains("Inference-Header-Content-Length", answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static byte[] Singles(params float[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return bytes;
    }

    private static async Task<BinaryAnswer> Post(GatewayHost host, string json, byte[]? binary = null, string? header = null)
    {
        var text = Encoding.UTF8.GetBytes(json);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = new ByteArrayContent([.. text, .. binary ?? []]) { Headers = { ContentType = MediaTypeHeaderValue.Parse("application/octet-stream") } },
        };
        if (binary is not null)
        {
            request.Headers.Add("Inference-Header-Content-Length", header ?? $"{text.Length}");
        }

        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var length = response.Headers.TryGetValues("Inference-Header-Content-Length", out var given) ? int.Parse(given.Single(), null) : (int?)null;
        return new((int)response.StatusCode, response.Content.Headers.ContentType!.ToString(), length, JsonElement.Parse(body.AsSpan(0, length ?? body.Length)), body[(length ?? body.Length)..]);
    }

    // The fake worker gives its inputs back.
    private static async Task<GatewayHost> Start(ModelSignature signature)
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, signature)));
        host.Worker().Row = static (row, output) => output.Append(row.Span);
        return host;
    }

    private sealed record BinaryAnswer(int Status, string ContentType, int? JsonLength, JsonElement Json, byte[] Binary);
}
