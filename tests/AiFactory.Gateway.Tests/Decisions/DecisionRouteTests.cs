using System.Text.Json;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Decisions;

public sealed class DecisionRouteTests
{
    private const string Path = "/v1/endpoints/churn/decisions";

    [Fact]
    public async Task Decide_NamedFields_AnswersAndRecords()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        var answer = await host.Post(Path, """{"spend":10,"customer":"C0042","age":0.75}""");

        Assert.Equal((200, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(answer.Text.Length, answer.Length);
        var response = JsonSerializer.Deserialize<DecisionResponse>(answer.Text, FactoryJson.Options)!;
        Assert.Equal(new("silo-1-00000000000000", "C0042", "yes", 0.75, null, "a", "churn-mlp@1"), response);
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal(("default", "churn", 3, "a", "churn-mlp", 1, "C0042", Assignment.Bucket("salt", "C0042"), 1, "yes", true),
            (record.Tenant, record.Endpoint, record.Revision, record.Variant, record.Model, record.ModelVersion, record.Unit, record.Bucket, record.Rows, record.Predicted, record.PositivePredicted));
        Assert.Equal(("silo-1/cpu-0", 1, 1000, 7, 500), (record.Worker, record.BatchRows, record.DeviceNanoseconds, record.PriceBookVersion, (long)record.Cost.Value));
        Assert.Equal([.. BitConverter.GetBytes(0.75f), .. BitConverter.GetBytes(10f)], record.Features.ToArray());
        Assert.Equal(BitConverter.GetBytes(0.75f), record.Outputs.ToArray());
    }

    [Fact]
    public async Task Decide_FieldNameNoText_IsRefused()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        var answer = await host.Post(Path, """{"\ud800":1}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains("not valid Unicode", answer.Text, StringComparison.Ordinal);
        Assert.Empty(host.Log.Decisions);
    }

    [Fact]
    public async Task Decide_WithoutKeyField_IsAssignedByRequest()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn(keyField: null));

        var answer = await host.Post(Path, """{"age":null,"spend":1}""");

        Assert.False(answer.Json.TryGetProperty("unit", out _));
        Assert.Equal("no", answer.Json.GetProperty("prediction").GetString());
        var record = Assert.Single(host.Log.Decisions);
        Assert.Equal(("", Assignment.Bucket("salt", record.RequestId)), (record.Unit, record.Bucket));
    }

    [Fact]
    public async Task Decide_TwoVariants_TheUnitDecides()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Endpoint("churn", "customer",
            Routes.Variant("a", new("default", "m", 1), 0, 0.5, Routes.Numeric()),
            Routes.Variant("b", new("default", "m", 2), 0.5, 1, new([new("age", TensorDataType.Int64, [])], [new("count", TensorDataType.Int32, [])]))));

        for (var i = 0; i < 50; i++)
        {
            var variant = Assignment.Point("salt", $"{i}") < 0.5 ? "a" : "b";
            var fields = variant == "a" ? $$"""{"age":1,"spend":2,"customer":{{i}}}""" : $$"""{"customer":{{i}},"age":5}""";
            var answer = await host.Post(Path, fields);
            Assert.Equal((200, variant, $"{i}"), (answer.Status, answer.Json.GetProperty("variant").GetString(), answer.Json.GetProperty("unit").GetString()));
        }

        Assert.Equal(2, host.Log.Decisions.Select(decision => decision.Variant).Distinct().Count());
    }

    [Fact]
    public async Task Decide_ModelWithoutClasses_GivesOutputsByName()
    {
        await using var host = await GatewayHost.Start();
        var signature = new ModelSignature([new("x", TensorDataType.Fp32, [1])], [new("image", TensorDataType.UInt8, [2, 2]), new("name", TensorDataType.Bytes, [1])]);
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "m", 1), 0, 1, signature)));
        host.Worker().Row = static (_, output) => output.Append([1, 2, 3, 4, 2, 0, 0, 0, 0xc3, 0xa9]);

        var answer = await host.Post(Path, """{"x":1}""");

        Assert.Equal("""{"image":[[1,2],[3,4]],"name":"é"}""", answer.Json.GetProperty("outputs").GetRawText());
    }

    [Fact]
    public async Task Decide_Instances_AnswersEachInOrder()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        var instances = Enumerable.Range(0, 100).Select(i => $$"""{"age":{{i}},"spend":0,"customer":"c{{i}}"}""");

        host.Worker().Hold();
        var asked = host.Post(Path, $$"""{"instances":[{{string.Join(',', instances)}}]}""");
        await Condition.Until(() => host.Worker().Messages.Count == 2);
        host.Worker().Release(100);
        var answer = await asked;

        var decisions = answer.Json.GetProperty("decisions").Deserialize<DecisionResponse[]>(FactoryJson.Options)!;
        Assert.Equal(Enumerable.Range(0, 100).Select(i => ($"c{i}", (double?)i)), decisions.Select(decision => (decision.Unit!, decision.Score)));
        Assert.Equal(100, decisions.Select(decision => decision.DecisionId).Distinct().Count());
        Assert.Equal(100, host.Log.Decisions.Count);
        Assert.Equal([1, 1, 98], host.Worker().Messages);
    }

    [Theory]
    [InlineData("""{"instances":[]}""", 422, "instances-empty", "instances")]
    [InlineData("""{"instances":7}""", 422, "field-invalid", "instances")]
    [InlineData("""{"instances":[{"age":1,"spend":1,"customer":1},{"age":"x","spend":1,"customer":1}]}""", 422, "field-invalid", "instances[1].age")]
    [InlineData("""{"instances":[7]}""", 400, "object-expected", "instances[0]")]
    [InlineData("""{"instances":[{"age":1,"spend":1,"customer":1}],"more":1}""", 422, "field-unknown", "more")]
    [InlineData("""{"age":1,"spend":2}""", 422, "key-missing", "customer")]
    [InlineData("""{"age":"NaN","spend":2,"customer":1}""", 422, "field-invalid", "age")]
    [InlineData("""{"age":1,"customer":1}""", 422, "field-missing", "spend")]
    [InlineData("""{"age":1,"spend":2,"customer":1,"sepnd":3}""", 422, "field-unknown", "sepnd")]
    [InlineData("[]", 400, "object-expected", "body")]
    [InlineData("{\"age\":1,\n\"spend\":NaN}", 400, "json-malformed", "line 2, byte 9")]
    [InlineData("""{"age":1,"spend":2,"customer":1} x""", 400, "json-malformed", "line 1, byte 34")]
    [InlineData("", 400, "json-malformed", "line 1, byte 1")]
    public async Task Decide_BadBody_IsRefusedNamingThePlace(string body, int status, string code, string where)
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        var problem = (await host.Post(Path, body)).Problem(status, code);

        Assert.Equal(where, problem.GetProperty("where").GetString());
        Assert.NotEmpty(problem.GetProperty("mend").GetString()!);
        Assert.Empty(host.Log.Decisions);
    }

    [Fact]
    public async Task Decide_UnknownEndpoint_SaysWhatIsThere()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        var problem = (await host.Post("/v1/endpoints/nope/decisions", "{}")).Problem(404, "endpoint-not-found");

        Assert.Contains("churn", problem.GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decide_OtherContentType_Is415()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        (await host.Post(Path, "age=1", "application/x-www-form-urlencoded")).Problem(415, "content-type-unsupported");
    }

    [Fact]
    public async Task Decide_BodyOverTheLimit_Is413NamingTheLimit()
    {
        await using var host = await GatewayHost.Start(options => options.DecisionBytesMax = 2048);
        await host.Publish(Routes.Churn());

        var problem = (await host.Post(Path, new string(' ', 3000))).Problem(413, "body-too-large");
        using var unknownLength = new StreamContent(new MemoryStream(new byte[3000]));
        unknownLength.Headers.ContentType = new("application/json");
        unknownLength.Headers.ContentLength = null;

        Assert.Contains("2048", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await host.Send(HttpMethod.Post, Path, unknownLength, ("Transfer-Encoding", "chunked"))).Problem(413, "body-too-large");
    }

    [Fact]
    public async Task Decide_TooManyInstances_Is413()
    {
        await using var host = await GatewayHost.Start(options => options.InstancesMax = 1);
        await host.Publish(Routes.Churn());

        (await host.Post(Path, """{"instances":[{"age":1,"spend":1,"customer":1},{"age":1,"spend":1,"customer":1}]}""")).Problem(413, "instances-too-many");
    }

    [Fact]
    public async Task Decide_LogFull_Is507AndNotAnswered()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        host.Log.Full = true;

        (await host.Post(Path, """{"spend":10,"customer":"C0042","age":0.75}""")).Problem(507, "log-full");
    }

    [Fact]
    public async Task Decide_FsyncEndpoint_AnswersOnlyOnceOnDisk()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn() with { Durability = Durability.Fsync });
        host.Log.Disk = new(TaskCreationOptions.RunContinuationsAsynchronously);

        var answer = host.Post(Path, """{"spend":10,"customer":"C0042","age":0.75}""");
        await Condition.Until(() => host.Log.Decisions.Count == 1);
        Assert.False(answer.IsCompleted);
        host.Log.Disk.SetResult();

        Assert.Equal(200, (await answer).Status);
    }

    [Fact]
    public async Task Decide_ConcurrentRequests_EachGetsItsOwnAnswer()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());

        await Parallel.ForAsync(0, 1000, TestContext.Current.CancellationToken, async (i, _) =>
        {
            var answer = await host.Post(Path, $$"""{"age":{{i}},"spend":0,"customer":"c{{i}}"}""");
            Assert.Equal((200, i, $"c{i}"), (answer.Status, answer.Json.GetProperty("score").GetDouble(), answer.Json.GetProperty("unit").GetString()));
        });

        Assert.Equal(1000, host.Log.Decisions.Count);
    }
}
