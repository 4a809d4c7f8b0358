using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class BadTensorTests(SharedFactory factory)
{
    private const string Path = "/v2/models/leavers/infer";

    [Fact]
    public async Task Infer_RightTensors_GivesADecisionThatCanBeExplained()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = (await factory.Http.PostText(Path, Request().ToJsonString(), cancellation)).Expect(HttpStatusCode.OK).Json;
        Assert.Equal("leavers", answer.Text("model_name"));
        var output = answer.Items("outputs").Single(tensor => tensor.Text("name") == "probability");
        Assert.Equal("FP32", output.Text("datatype"));
        Assert.Equal([1L, 1L], output.Items("shape").Select(dimension => dimension.GetInt64()));
        Assert.InRange(output.Items("data")[0].GetDouble(), 0, 1);
        var parameters = answer.Member("parameters");
        Assert.Equal("only", parameters.Text("variant"));
        (await factory.Http.Get($"/v1/decisions/{parameters.Text("decision_id")}", cancellation)).ExpectSuccess();
    }

    [Fact]
    public async Task Metadata_OfAnEndpoint_NamesEveryTensor()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var metadata = (await factory.Http.Get("/v2/models/leavers", cancellation)).Expect(HttpStatusCode.OK).Json;
        Assert.Equal(["calls", "charge", "international", "minutes", "plan"], metadata.Items("inputs").Select(tensor => tensor.Text("name")).Order());
        (await factory.Http.Get("/v2/models/leavers/ready", cancellation)).Expect(HttpStatusCode.OK);
        (await factory.Http.Get("/v2/health/ready", cancellation)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Infer_UnknownModel_IsNotFound()
    {
        var answer = await factory.Http.PostText("/v2/models/nothing/infer", Request().ToJsonString(), TestContext.Current.CancellationToken);
        Assert.Contains("nothing", answer.Expect(HttpStatusCode.NotFound).Json.Text("error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_WrongShape_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["shape"] = new JsonArray(1, 7);
        await Refused(request, "minutes");
    }

    [Fact]
    public async Task Infer_NegativeShape_IsRefused()
    {
        var request = Request();
        Tensor(request, "minutes")["shape"] = new JsonArray(-1, 1);
        await Refused(request, "shape");
    }

    [Fact]
    public async Task Infer_HugeShape_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["shape"] = new JsonArray(2_000_000_000, 2_000_000_000);
        await Refused(request, "minutes");
    }

    [Fact]
    public async Task Infer_TensorsOfDifferentRowCounts_IsRefused()
    {
        var request = Request();
        var minutes = Tensor(request, "minutes");
        minutes["shape"] = new JsonArray(2, 1);
        minutes["data"] = new JsonArray(1.5, 2.5);
        await Refused(request, "minutes");
    }

    [Fact]
    public async Task Infer_FewerNumbersThanTheShapeSays_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["data"] = new JsonArray();
        await Refused(request, "minutes");
    }

    [Fact]
    public async Task Infer_WrongDatatype_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["datatype"] = "INT64";
        await Refused(request, "minutes");
    }

    [Fact]
    public async Task Infer_DatatypeThatIsNone_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["datatype"] = "FP99";
        await Refused(request, "minutes");
    }

    [Fact]
    public async Task Infer_UnknownName_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["name"] = "hours";
        await Refused(request, "hours", "minutes");
    }

    [Fact]
    public async Task Infer_MissingTensor_IsRefusedWithItsName()
    {
        var request = Request();
        request["inputs"]!.AsArray().Remove(Tensor(request, "calls"));
        await Refused(request, "calls");
    }

    [Fact]
    public async Task Infer_SameTensorTwice_IsRefusedWithItsName()
    {
        var request = Request();
        request["inputs"]!.AsArray().Add(Tensor(request, "calls").DeepClone());
        await Refused(request, "calls");
    }

    [Fact]
    public async Task Infer_TextForNumber_IsRefusedWithTheTensor()
    {
        var request = Request();
        Tensor(request, "minutes")["data"] = new JsonArray("many");
        await Refused(request, "minutes");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"inputs\":[]}")]
    [InlineData("{\"inputs\":[{\"name\":\"minutes\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[NaN]}]}")]
    public async Task Infer_BodyThatIsNone_IsRefused(string body)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText(Path, body, cancellation);
        Assert.InRange((int)answer.Status, 400, 422);
        Assert.NotEmpty(answer.Json.Text("error"));
        await factory.AssertUnharmed(cancellation);
    }

    private async Task Refused(JsonObject request, params string[] mentions)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText(Path, request.ToJsonString(), cancellation);
        Assert.True((int)answer.Status is 400 or 422, $"{(int)answer.Status}: {answer.Text}");
        var error = answer.Json.Text("error");
        Assert.True(mentions.Any(mention => error.Contains(mention, StringComparison.Ordinal)), error);
        await factory.AssertUnharmed(cancellation);
    }

    private static JsonObject Tensor(JsonObject request, string name) =>
        request["inputs"]!.AsArray().Single(tensor => tensor!["name"]!.GetValue<string>() == name)!.AsObject();

    private JsonObject Request()
    {
        var customer = factory.Customer;
        var request = new
        {
            inputs = new object[]
            {
                new { name = "plan", shape = new[] { 1, 1 }, datatype = "BYTES", data = new[] { customer.Plan } },
                new { name = "international", shape = new[] { 1, 1 }, datatype = "BYTES", data = new[] { customer.International } },
                new { name = "minutes", shape = new[] { 1, 1 }, datatype = "FP32", data = new[] { customer.Minutes ?? 0 } },
                new { name = "calls", shape = new[] { 1, 1 }, datatype = "FP32", data = new[] { customer.Calls } },
                new { name = "charge", shape = new[] { 1, 1 }, datatype = "FP32", data = new[] { customer.Charge } },
            },
        };
        return JsonSerializer.SerializeToNode(request)!.AsObject();
    }
}
