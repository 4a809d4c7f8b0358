using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Ensembles;

/// <summary>An ensemble around the model that the factory trained, deployed and used like any other.</summary>
[Collection(SharedFactoryGroup.Name)]
public sealed class EnsembleTests(SharedFactory factory)
{
    private static readonly string[] OutputNames = ["chance", "leaves"];

    [Fact]
    public async Task Compose_TrainedModelAndThreshold_DecidesIsExplainedAndReconciles()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var member = (await factory.Http.Get("/v1/models/leavers/versions/1", cancellation)).ExpectSuccess().Json;

        var composed = (await factory.Http.Post("/v1/models/leavers-flow/ensembles", Definition(member, at: 0.5), cancellation)).Expect(HttpStatusCode.Created).Json;
        await factory.Http.Deploy("leavers-flow", new { variants = new[] { FactoryVerbs.VariantOf("only", "leavers-flow", composed.GetProperty("version").GetInt32(), 100) }, keyField = "customer_id" }, cancellation);
        var decided = (await factory.Http.Post("/v1/endpoints/leavers-flow/decisions", factory.Customer.Fields, cancellation)).ExpectSuccess().Json;
        var alone = (await factory.Http.Post("/v1/endpoints/leavers/decisions", factory.Customer.Fields, cancellation)).ExpectSuccess().Json;
        var explained = (await factory.Http.Get($"/v1/decisions/{decided.Text("decisionId")}", cancellation)).ExpectSuccess().Json;

        var score = alone.GetProperty("score").GetDouble();
        Assert.Equal(score, First(decided.GetProperty("outputs").GetProperty("chance")).GetDouble(), 1e-6);
        Assert.Equal(score >= 0.5, First(decided.GetProperty("outputs").GetProperty("leaves")).GetBoolean());
        Assert.Contains(member.Text("artifactSha256"), explained.GetProperty("modelVersion").GetProperty("ensemble").GetRawText(), StringComparison.Ordinal);
        await factory.Http.Reconciled(1, cancellation);
    }

    [Fact]
    public async Task Compose_GraphThatDoesNotFit_IsRefusedNamingTheStep()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var member = (await factory.Http.Get("/v1/models/leavers/versions/1", cancellation)).ExpectSuccess().Json;
        var definition = JsonSerializer.Serialize(Definition(member, at: 0.5)).Replace("threshold", "trheshold", StringComparison.Ordinal);

        (await factory.Http.PostText("/v1/models/bad-flow/ensembles", definition, cancellation)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "ensemble-invalid").ExpectMention("judge");
        (await factory.Http.PostText("/v1/models/bad-flow/ensembles", "{}", cancellation)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "ensemble-invalid");
        await factory.AssertUnharmed(cancellation);
    }

    private static object Definition(JsonElement member, double at)
    {
        var inputs = member.GetProperty("signature").GetProperty("inputs");
        return new
        {
            inputs,
            steps = new object[]
            {
                new
                {
                    name = "predict",
                    model = "leavers@1",
                    inputs = inputs.EnumerateArray().ToDictionary(input => input.Text("name"), input => input.Text("name")),
                    outputs = new Dictionary<string, string> { [member.GetProperty("classes").Text("output")] = "chance" },
                },
                new { name = "judge", builtIn = "threshold", inputs = new { x = "chance" }, outputs = new { y = "leaves" }, parameters = new { at } },
            },
            outputs = OutputNames,
        };
    }

    // A row of one element may be written with or without its array.
    private static JsonElement First(JsonElement value) => value.ValueKind == JsonValueKind.Array ? First(value[0]) : value;
}
