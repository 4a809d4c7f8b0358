using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Inference;

/// <summary>Requests for models with free axes, without a batch axis, and with memory.</summary>
public sealed class ShapeTests
{
    private const string Path = "/v2/models/churn/infer";

    private static readonly ModelSignature Ragged = new(
        [new("x", TensorDataType.Fp32, [-1]), new("name", TensorDataType.Bytes, [2, -1])], [new("y", TensorDataType.Fp32, [-1]), new("echo", TensorDataType.Bytes, [2, -1])]);

    private static readonly ModelSignature Whole = new(
        [new("x", TensorDataType.Fp32, [2, -1]), new("rate", TensorDataType.Int64, [])], [new("y", TensorDataType.Fp32, [2, -1]), new("r", TensorDataType.Int64, [])], Batched: false);

    private static readonly ModelSignature Memory = new(
        [new("x", TensorDataType.Fp32, [1])], [new("y", TensorDataType.Fp32, [1])], Sequence: [new SequenceState("h", "hn")]);

    [Fact]
    public async Task Infer_FreeAxes_TravelWithEachRow()
    {
        await using var host = await Start(Ragged);

        var answer = await host.Post(Path, """
            {"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,3],[4,5,6]]},{"name":"name","shape":[2,2,1],"datatype":"BYTES","data":["a","b","c","d"]}]}
            """);

        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[2,3],"data":[1,2,3,4,5,6]},{"name":"echo","datatype":"BYTES","shape":[2,2,1],"data":["a","b","c","d"]}]""",
            answer.Json.GetProperty("outputs").GetRawText());
        byte[] first = [3, 0, 0, 0, .. Floats(1, 2, 3), 1, 0, 0, 0, 1, 0, 0, 0, (byte)'a', 1, 0, 0, 0, (byte)'b'];
        Assert.Equal(first, Assert.Single(host.Log.Decisions).Features[..first.Length].ToArray());
    }

    [Fact]
    public async Task Infer_EmptyFreeAxis_IsARowWithoutElements()
    {
        await using var host = await Start(Ragged);

        var answer = await host.Post(Path, """{"inputs":[{"name":"x","shape":[1,0],"datatype":"FP32","data":[]},{"name":"name","shape":[1,2,0],"datatype":"BYTES","data":[]}]}""");

        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[1,0],"data":[]},{"name":"echo","datatype":"BYTES","shape":[1,2,0],"data":[]}]""", answer.Json.GetProperty("outputs").GetRawText());
    }

    [Fact]
    public async Task Infer_OneFreeTensor_IsPackedWithItsSize()
    {
        await using var host = await Start(new([new("x", TensorDataType.Fp32, [-1])], [new("y", TensorDataType.Fp32, [-1])]));

        var answer = await host.Post(Path, """{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]}]}""");

        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[2,2],"data":[1,2,3,4]}]""", answer.Json.GetProperty("outputs").GetRawText());
        Assert.Equal([2, 0, 0, 0, .. Floats(1, 2), 2, 0, 0, 0, .. Floats(3, 4)], Assert.Single(host.Log.Decisions).Features.ToArray());
    }

    [Fact]
    public async Task Infer_WithoutBatchAxis_TakesAndGivesWholeShapes()
    {
        await using var host = await Start(Whole);

        var answer = await host.Post(Path, """{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,3,4,5,6]},{"name":"rate","shape":[],"datatype":"INT64","data":[7]}]}""");

        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[2,3],"data":[1,2,3,4,5,6]},{"name":"r","datatype":"INT64","shape":[],"data":[7]}]""", answer.Json.GetProperty("outputs").GetRawText());
        Assert.Equal(1, Assert.Single(host.Log.Decisions).Rows);
        var again = await host.Post(Path, """{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[1,2]},{"name":"rate","shape":[1],"datatype":"INT64","data":[7]}]}""");
        Assert.Equal(200, again.Status);
    }

    [Theory]
    [InlineData("""{"name":"x","shape":[1,2,3],"datatype":"FP32","data":[1,2,3,4,5,6]}""", "has shape [2,-1]")]
    [InlineData("""{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}""", "has shape [2,-1]")]
    [InlineData("""{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3]}""", "4 elements expected")]
    public async Task Infer_WithoutBatchAxisAndAnotherShape_Is400(string x, string why)
    {
        await using var host = await Start(Whole);

        var answer = await host.Post(Path, $$"""{"inputs":[{{x}},{"name":"rate","shape":[],"datatype":"INT64","data":[7]}]}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains(why, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_OutputsOfRowsDiffer_IsRefused()
    {
        await using var host = await Start(new([new("x", TensorDataType.Fp32, [1])], [new("y", TensorDataType.Fp32, [-1])]));
        var next = 0;
        host.Worker().Row = (_, output) => output.Append([(byte)++next, 0, 0, 0, .. new byte[4 * next]]);

        var answer = await host.Post(Path, """{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[1,2]}]}""");

        Assert.Equal(422, answer.Status);
        Assert.Contains("have the sizes 1 and 2", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_Sequence_TravelsBeforeTheRowAndAssignsTheVariant()
    {
        await using var host = await Start(Memory);
        host.Worker().Row = static (row, output) => output.Append(row.Span[SequencePrefix.Read(row.Span).Length..]);

        var answer = await host.Post(Path, Step("call-7", ",\"sequence_start\":true"));

        Assert.Equal("""[{"name":"y","datatype":"FP32","shape":[1,1],"data":[2.5]}]""", answer.Json.GetProperty("outputs").GetRawText());
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal([1, 6, 0, 0, 0, .. "call-7"u8, .. Floats(2.5f)], record.Features.ToArray());
        Assert.Equal("call-7", record.Unit);
    }

    [Fact]
    public async Task Infer_SequenceModelWithoutSequence_Is400()
    {
        await using var host = await Start(Memory);

        var unnamed = await host.Post(Path, """{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}""");
        var named = await host.Post("/v1/endpoints/churn/decisions", """{"x":1}""");

        Assert.Equal(400, unnamed.Status);
        Assert.Contains("remembers what came before", unnamed.Error, StringComparison.Ordinal);
        named.Problem(400, "sequence-missing");
        Assert.Empty(host.Log.Decisions);
    }

    [Fact]
    public async Task Infer_TwoRowsOfASequence_Is400()
    {
        await using var host = await Start(Memory);

        var answer = await host.Post(Path, """{"parameters":{"sequence_id":"a"},"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[1,2]}]}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains("one row a request", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_SequencesOverTwoReplicas_StayEachWithOne()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, Memory, null, "silo-1/cpu-0", "silo-1/cpu-1")));
        foreach (var worker in (string[])["silo-1/cpu-0", "silo-1/cpu-1"])
        {
            host.Worker(worker).Row = static (row, output) => output.Append(row.Span[SequencePrefix.Read(row.Span).Length..]);
        }

        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(200, (await host.Post(Path, Step($"s{i % 20}"))).Status);
        }

        var byWorker = host.Log.Decisions.GroupBy(decision => decision.Worker).Select(group => group.Select(decision => decision.Unit).ToHashSet()).ToArray();
        Assert.Equal(2, byWorker.Length);
        Assert.Empty(byWorker[0].Intersect(byWorker[1]));
    }

    private static string Step(string sequence, string rest = "") =>
        $$"""{"parameters":{"sequence_id":"{{sequence}}"{{rest}}},"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[2.5]}]}""";

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static async Task<GatewayHost> Start(ModelSignature signature)
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, signature)));
        host.Worker().Row = static (row, output) => output.Append(row.Span);
        return host;
    }
}
