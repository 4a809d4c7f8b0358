using AiFactory.Domain.Datasets;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Models;
using AiFactory.Grains.Training;

namespace AiFactory.Gateway.Decisions;

public sealed class ExplanationTests
{
    [Fact]
    public async Task Explain_TrainedModel_GivesTheWholeChain()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        GiveModel(host, new("run-1", new DatasetVersionKey("default", "churn", 4), null, "c0de"));
        ((FakeTrainingRun)host.Grains.GetGrain<ITrainingRunGrain>("default/run-1")).Run = new(
            "run-1", new("churn-mlp", new("default", "churn", 4), "churn", "mlp"), TrainingStatus.Completed, DateTimeOffset.UnixEpoch, 1, 0, [], []);
        ((FakeDataset)host.Grains.GetGrain<IDatasetGrain>("default/churn")).Version = FakeDataset.VersionOf("churn", 4, 10);
        await host.Post("/v1/endpoints/churn/decisions", """{"age":0.75,"spend":null,"customer":"C0042"}""");
        await host.Post("/v1/endpoints/churn/outcomes", """{"decisionId":"silo-1-00000000000000","label":"yes"}""");

        var chain = (await host.Get("/v1/decisions/silo-1-00000000000000")).Json;

        Assert.Equal($"unit 'C0042' hashes to bucket {Assignment.Bucket("salt", "C0042")} of 10000 (salt salt); variant a holds 0-9999", chain.GetProperty("variantReason").GetString());
        Assert.Equal("""{"age":0.75,"spend":null}""", chain.GetProperty("features").GetRawText());
        Assert.Equal("""{"probability":0.75}""", chain.GetProperty("outputs").GetRawText());
        Assert.Equal(("yes", "yes"), (chain.GetProperty("prediction").GetString(), chain.GetProperty("outcome").GetProperty("label").GetString()));
        Assert.Equal(("run-1", 4), (chain.GetProperty("trainingRun").GetProperty("id").GetString(), chain.GetProperty("datasetVersion").GetProperty("version").GetInt32()));
        Assert.Equal(("500", 1000), (chain.GetProperty("cost").GetString(), chain.GetProperty("deviceNanoseconds").GetInt64()));
    }

    [Fact]
    public async Task Explain_ImportedModelAndNewerRevision_LeavesOutWhatIsNotThere()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn(keyField: null));
        GiveModel(host, new(null, null, "m.onnx", "c0de"));
        await host.Post("/v1/endpoints/churn/decisions", """{"age":0.75,"spend":1}""");
        await host.Publish(Routes.Churn() with { Revision = 4 });

        var chain = (await host.Get("/v1/decisions/silo-1-00000000000000")).Json;

        Assert.StartsWith($"request '{host.Log.Decisions[0].RequestId}' hashes to bucket ", chain.GetProperty("variantReason").GetString(), StringComparison.Ordinal);
        Assert.Contains("revision 3", chain.GetProperty("variantReason").GetString(), StringComparison.Ordinal);
        Assert.Equal("churn-mlp", chain.GetProperty("modelVersion").GetProperty("model").GetString());
        Assert.False(chain.TryGetProperty("trainingRun", out _));
        Assert.False(chain.TryGetProperty("datasetVersion", out _));
        Assert.False(chain.TryGetProperty("outcome", out _));
    }

    [Fact]
    public async Task Explain_SeveralRows_GivesAnArrayForEachTensor()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        GiveModel(host, new(null, null, "m.onnx", "c0de"));
        await host.Post("/v2/models/churn/infer", """{"inputs":[{"name":"age","shape":[2,1],"datatype":"FP32","data":[1,2]},{"name":"spend","shape":[2,1],"datatype":"FP32","data":[3,null]}]}""");

        var chain = (await host.Get("/v1/decisions/silo-1-00000000000000")).Json;

        Assert.Equal("""{"age":[1,2],"spend":[3,null]}""", chain.GetProperty("features").GetRawText());
    }

    [Fact]
    public async Task Explain_OwnerDoesNotAnswer_ReadsWhatWasShipped()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        GiveModel(host, new(null, null, "m.onnx", "c0de"));
        await host.Post("/v1/endpoints/churn/decisions", """{"age":0.75,"spend":1,"customer":"c1"}""");
        host.Log.Append(new OutcomeRecord(DateTimeOffset.UnixEpoch, "default", "churn", 0, "no", false));

        var chain = (await host.Get("/v1/decisions/silo-2-00000000000000")).Json;

        Assert.Equal("""{"age":0.75,"spend":1}""", chain.GetProperty("features").GetRawText());
        Assert.Equal("no", chain.GetProperty("outcome").GetProperty("label").GetString());
        Assert.Equal(("silo-2", "published", host.Log.Tail),
            (chain.GetProperty("log").GetProperty("log").GetString(), chain.GetProperty("log").GetProperty("state").GetString(), chain.GetProperty("log").GetProperty("position").GetInt64()));
    }

    [Fact]
    public async Task Explain_OwnerAnswers_SaysNothingOfTheLog()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        await host.Post("/v1/endpoints/churn/decisions", """{"age":0.75,"spend":1,"customer":"c1"}""");

        var chain = (await host.Get("/v1/decisions/silo-1-00000000000000")).Json;

        Assert.Equal("churn", chain.GetProperty("endpoint").GetString());
        Assert.False(chain.TryGetProperty("log", out _));
    }

    [Theory]
    [InlineData("nonsense", 400, "decision-id-malformed")]
    [InlineData("silo-1-00000000000abc", 404, "decision-not-found")]
    [InlineData("silo-2-00000000000000", 503, "decision-log-unavailable")]
    [InlineData("silo-9-00000000000000", 404, "decision-not-found")]
    public async Task Explain_NoSuchDecision_IsRefused(string id, int status, string code)
    {
        await using var host = await GatewayHost.Start();

        (await host.Get($"/v1/decisions/{id}")).Problem(status, code);
    }

    private static void GiveModel(GatewayHost host, ModelOrigin origin) =>
        ((FakeModelVersion)host.Grains.GetGrain<IModelVersionGrain>("default/churn-mlp/1")).Version = new("churn-mlp", 1, "ab", 1, Routes.Numeric(),
            new("probability", "no", "yes"), origin, "mlp", new Dictionary<string, string>(), null, new(true, []), DateTimeOffset.UnixEpoch);
}
