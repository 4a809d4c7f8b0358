using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class BadTrainingTests(SharedFactory factory)
{
    [Fact]
    public async Task Train_OneClass_IsRefusedWithTheLabel()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var loyal = Customers.Make(60, seed: 2).Select(customer => customer with { Churn = "no" });
        await factory.Http.Ingest("loyal", Customers.Csv(loyal), cancellation, Customers.Contract);
        var complaint = await TrainInVain(FactoryVerbs.SpecOf("one-class", "loyal", "lightgbm", 3), cancellation);
        complaint.ExpectCode("label-one-class").ExpectMention("churn");
    }

    [Fact]
    public async Task Train_DatasetWithoutRows_IsRefused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var contract = Customers.Contract + """

                quality:
                  - type: library
                    metric: rowCount
                    mustBeGreaterOrEqualTo: 0
            """;
        var answer = await factory.Http.PostCsv("hollow", Customers.Csv(Array.Empty<string>()), cancellation, contract);
        if ((int)answer.Status < 400)
        {
            await Until.True("ingestion of nothing ended", async () =>
                (await factory.Http.Get($"/v1/datasets/hollow/ingestions/{answer.Json.Text("id")}", cancellation)).Json.Text("status") != "running", cancellation);
        }

        await TrainInVain(FactoryVerbs.SpecOf("of-nothing", "hollow", "lightgbm", 3), cancellation);
    }

    [Theory]
    [InlineData("label", "no_such_column", "label-unknown")]
    [InlineData("label", "plan", "label-many-classes")]
    [InlineData("label", "customer_id", "label-is-key")]
    [InlineData("trainer", "magic", "trainer-unknown")]
    [InlineData("positiveClass", "maybe", "positive-class-unknown")]
    public async Task Train_SpecThatNamesNothing_IsRefusedWithTheName(string member, string value, string code)
    {
        var spec = Spec();
        spec[member] = value;
        (await TrainInVain(spec, TestContext.Current.CancellationToken)).ExpectCode(code).ExpectMention(value);
    }

    [Theory]
    [InlineData("holdoutFraction", 0.0)]
    [InlineData("holdoutFraction", 1.5)]
    [InlineData("shards", 0.0)]
    [InlineData("shards", 4000.0)]
    [InlineData("epochs", 0.0)]
    [InlineData("epochs", -3.0)]
    public async Task Train_NumberOutOfRange_IsRefused(string member, double value)
    {
        var spec = Spec();
        spec["trainer"] = "mlp";
        spec[member] = value % 1 == 0 ? JsonValue.Create((int)value) : JsonValue.Create(value);
        var complaint = await TrainInVain(spec, TestContext.Current.CancellationToken);
        Assert.NotEmpty(complaint.Mend);
    }

    [Fact]
    public async Task Train_UnknownHyperparameter_IsRefusedWithItsName()
    {
        var spec = Spec();
        spec["hyperparameters"] = new JsonObject { ["wizardry"] = 1.0 };
        (await TrainInVain(spec, TestContext.Current.CancellationToken)).ExpectMention("wizardry");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"model":17}""")]
    public async Task Train_BodyThatIsNone_IsRefused(string body)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText("/v1/training-runs", body, cancellation);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        answer.ExpectProblem(answer.Status);
        await factory.AssertUnharmed(cancellation);
    }

    private static JsonObject Spec() => JsonSerializer.SerializeToNode(FactoryVerbs.SpecOf("in-vain", "customers", "lightgbm", 3))!.AsObject();

    /// <summary>Refused at once, or accepted and failed with the reason; never a model.</summary>
    private async Task<Complaint> TrainInVain(object spec, CancellationToken cancellation)
    {
        var answer = await factory.Http.Post("/v1/training-runs", spec, cancellation);
        Complaint complaint;
        if ((int)answer.Status >= 400)
        {
            Assert.InRange((int)answer.Status, 400, 499);
            complaint = answer.ExpectProblem(answer.Status);
        }
        else
        {
            var run = await factory.Http.EndedRun(answer.Json.Text("id"), cancellation);
            Assert.True(run.Text("status") == "failed", run.GetRawText());
            complaint = Complaint.Read(run.Member("refusal"), "what");
        }

        await factory.AssertUnharmed(cancellation);
        return complaint;
    }
}
