using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Inference;

public sealed class InferRouteTests
{
    private const string Path = "/v2/models/churn/infer";

    private static readonly ModelSignature Wide = new(
        [new("x", TensorDataType.Fp32, [3]), new("name", TensorDataType.Bytes, [1])],
        [new("y", TensorDataType.Fp32, [3]), new("echo", TensorDataType.Bytes, [1])]);

    [Fact]
    public async Task Infer_TwoTensorsTwoRows_AnswersEveryOutput()
    {
        await using var host = await Start(Wide);

        var answer = await host.Post(Path, """
            {"id":"r1","parameters":{"key":"C1"},"inputs":[
              {"data":["a","\u00e9"],"datatype":"BYTES","name":"name","shape":[2,1]},
              {"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,3],[4,5,0.5]]}]}
            """);

        Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal("""
            {"model_name":"churn","model_version":"m@1","id":"r1","outputs":[{"name":"y","datatype":"FP32","shape":[2,3],"data":[1,2,3,4,5,0.5]},{"name":"echo","datatype":"BYTES","shape":[2,1],"data":["a","é"]}],"parameters":{"decision_id":"silo-1-00000000000000","variant":"a"}}
            """.Trim(), answer.Text);
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal(("r1", "C1", Assignment.Bucket("salt", "C1"), 2, ""), (record.RequestId, record.Unit, record.Bucket, record.Rows, record.Predicted));
    }

    [Fact]
    public async Task Infer_OutputsFilter_GivesOnlyThose()
    {
        await using var host = await Start(Wide);

        var answer = await host.Post(Path, Request("""{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"name","shape":[1,1],"datatype":"BYTES","data":["a"]}""", ""","outputs":[{"name":"echo"}]"""));

        Assert.Equal("""[{"name":"echo","datatype":"BYTES","shape":[1,1],"data":["a"]}]""", answer.Json.GetProperty("outputs").GetRawText());
    }

    [Fact]
    public async Task Infer_OutputAskedForTwice_IsRefused()
    {
        await using var host = await Start(Wide);

        var answer = await host.Post(Path, Request("""{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"name","shape":[1,1],"datatype":"BYTES","data":["a"]}""", ""","outputs":[{"name":"y"},{"name":"y"}]"""));

        Assert.Equal(400, answer.Status);
        Assert.Contains("is asked for twice.", answer.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);
    }

    [Fact]
    public async Task Infer_MemberNameNoText_IsRefused()
    {
        await using var host = await Start(Wide);

        var answer = await host.Post(Path, """{"\ud800ab":1,"inputs":[]}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains("not valid Unicode", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_WithoutKey_IsAssignedByIdElseAFreshOne()
    {
        await using var host = await Start(Wide);
        const string Inputs = """{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"name","shape":[1,1],"datatype":"BYTES","data":["a"]}""";

        await host.Post(Path, $$"""{"inputs":[{{Inputs}}],"id":"mine"}""");
        var fresh = (await host.Post(Path, Request(Inputs))).Json.GetProperty("id").GetString()!;

        Assert.Equal([("mine", "", Assignment.Bucket("salt", "mine")), (fresh, "", Assignment.Bucket("salt", fresh))],
            host.Log.Decisions.Select(decision => (decision.RequestId, decision.Unit, decision.Bucket)));
    }

    [Theory]
    [InlineData(TensorDataType.Bool, "BOOL", "[true,false]")]
    [InlineData(TensorDataType.UInt8, "UINT8", "[0,255]")]
    [InlineData(TensorDataType.UInt16, "UINT16", "[0,65535]")]
    [InlineData(TensorDataType.UInt32, "UINT32", "[0,4294967295]")]
    [InlineData(TensorDataType.UInt64, "UINT64", "[0,18446744073709551615]")]
    [InlineData(TensorDataType.Int8, "INT8", "[-128,127]")]
    [InlineData(TensorDataType.Int16, "INT16", "[-32768,32767]")]
    [InlineData(TensorDataType.Int32, "INT32", "[-2147483648,2147483647]")]
    [InlineData(TensorDataType.Int64, "INT64", "[-9223372036854775808,9223372036854775807]")]
    [InlineData(TensorDataType.Fp16, "FP16", "[1.5,-2]")]
    [InlineData(TensorDataType.Fp32, "FP32", "[0.1,-3.4028235E+38]")]
    [InlineData(TensorDataType.Fp64, "FP64", "[0.1,-1.7976931348623157E+308]")]
    [InlineData(TensorDataType.Bytes, "BYTES", """["","a\"b"]""")]
    public async Task Infer_EveryDatatype_ComesBackAsItWas(TensorDataType type, string name, string data)
    {
        await using var host = await Start(new([new("x", type, [2])], [new("y", type, [2])]));

        var answer = await host.Post(Path, Request($$"""{"name":"x","shape":[1,2],"datatype":"{{name}}","data":{{data}}}"""));

        Assert.Equal($$"""[{"name":"y","datatype":"{{name}}","shape":[1,2],"data":{{data}}}]""", answer.Json.GetProperty("outputs").GetRawText());
    }

    [Theory]
    [InlineData("""{"name":"z","shape":[1,2],"datatype":"FP32","data":[1,2]}""", "'z'", "x")]
    [InlineData("""{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}""", "[n,2]", "[1,3]")]
    [InlineData("""{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}""", "[n,2]", "[2]")]
    [InlineData("""{"name":"x","shape":[0,2],"datatype":"FP32","data":[]}""", "at least 1", "[0,2]")]
    [InlineData("""{"name":"x","shape":[2147483647,2],"datatype":"FP32","data":[1]}""", "4294967294", "got 1")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP32","data":[1]}""", "2 elements expected", "got 1")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP64","data":[1,2]}""", "FP32", "FP64")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,"NaN"]}""", "'x'", "element 1")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,1e39]}""", "out of its range", "element 1")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP32"}""", "'x'", "none")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}""", "binary", "'data'")]
    [InlineData("""{"name":"x","shape":[1,-2],"datatype":"FP32","data":[1,2]}""", "whole numbers", "shape")]
    [InlineData("""{"shape":[1,2],"datatype":"FP32","data":[1,2]}""", "no name", "inputs[0]")]
    [InlineData("""{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}""", "twice", "'x'")]
    [InlineData("", "no inputs", "inputs")]
    public async Task Infer_BadTensor_Is400NamingIt(string tensors, string expected, string got)
    {
        await using var host = await Start(new([new("x", TensorDataType.Fp32, [2])], [new("y", TensorDataType.Fp32, [2])]));

        var answer = await host.Post(Path, Request(tensors));

        Assert.Equal((400, "application/json"), (answer.Status, answer.ContentType));
        var error = answer.Error;
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains(got, error, StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);
    }

    [Theory]
    [InlineData("{", 400, "line 1")]
    [InlineData("[]", 400, "not an object")]
    [InlineData("""{"inputs":[],"parameters":{"key":true}}""", 422, "parameters.key")]
    public async Task Infer_BadRequest_NamesThePlace(string body, int status, string place)
    {
        await using var host = await Start(Wide);

        var answer = await host.Post(Path, body);

        Assert.Equal(status, answer.Status);
        Assert.Contains(place, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_MissingInputUnequalRowsAndUnknownOutput_AreRefused()
    {
        await using var host = await Start(Wide);
        const string X = """{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}""";
        const string Name = """{"name":"name","shape":[2,1],"datatype":"BYTES","data":["a","b"]}""";
        const string OneName = """{"name":"name","shape":[1,1],"datatype":"BYTES","data":["a"]}""";

        Assert.Contains("'name' is missing", (await host.Post(Path, Request(X))).Error, StringComparison.Ordinal);
        Assert.Contains("2 rows", (await host.Post(Path, Request($"{X},{Name}"))).Error, StringComparison.Ordinal);
        Assert.Contains("no output 'q'", (await host.Post(Path, Request($"{X},{OneName}", ""","outputs":[{"name":"q"}]"""))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_UnknownEndpoint_Is404()
    {
        await using var host = await GatewayHost.Start();

        var answer = await host.Post("/v2/models/nope/infer", "{}");

        Assert.Equal(404, answer.Status);
        Assert.Contains("nope", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_OneRowOfATwoClassModel_RecordsThePrediction()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        await host.Post(Path, Request("""{"name":"age","shape":[1,1],"datatype":"FP32","data":[0.9]},{"name":"spend","shape":[1,1],"datatype":"FP32","data":[1]}"""));

        Assert.Equal(("yes", true), (host.Log.Decisions[0].Predicted, host.Log.Decisions[0].PositivePredicted));
    }

    [Fact]
    public async Task Get_ServerAndModel_AnswerAsTheProtocolSays()
    {
        await using var host = await Start(Wide);

        Assert.Equal("aifactory", (await host.Get("/v2")).Json.GetProperty("name").GetString());
        Assert.Equal("""{"live":true}""", (await host.Get("/v2/health/live")).Text);
        Assert.Equal("""{"ready":true}""", (await host.Get("/v2/health/ready")).Text);
        Assert.Equal("""{"name":"churn","ready":true}""", (await host.Get("/v2/models/churn/ready")).Text);
        var metadata = (await host.Get("/v2/models/churn")).Json;
        Assert.Equal("""[{"name":"x","datatype":"FP32","shape":[-1,3]},{"name":"name","datatype":"BYTES","shape":[-1,1]}]""", metadata.GetProperty("inputs").GetRawText());
        Assert.Equal(404, (await host.Get("/v2/models/nope")).Status);
    }

    private static string Request(string inputs, string rest = "") => $$"""{"inputs":[{{inputs}}]{{rest}}}""";

    // The fake worker gives its inputs back.
    private static async Task<GatewayHost> Start(ModelSignature signature)
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, signature)));
        host.Worker().Row = static (row, output) => output.Append(row.Span);
        return host;
    }
}
