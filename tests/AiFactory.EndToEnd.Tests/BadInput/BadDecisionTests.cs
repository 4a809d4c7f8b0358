using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class BadDecisionTests(SharedFactory factory)
{
    private const string Path = "/v1/endpoints/leavers/decisions";

    [Theory]
    [InlineData("minutes", "\"many\"")]
    [InlineData("calls", "\"3\"")]
    [InlineData("minutes", "true")]
    [InlineData("plan", "7")]
    [InlineData("plan", "[\"gold\",\"basic\"]")]
    [InlineData("minutes", "{}")]
    [InlineData("minutes", "\"NaN\"")]
    [InlineData("minutes", "1e999")]
    public async Task Decide_FieldOfWrongType_IsRefusedWithTheField(string field, string value)
    {
        var fields = Fields();
        fields.Remove(field);
        var body = fields.ToJsonString().TrimEnd('}') + $",\"{field}\":{value}}}";
        (await Refused(body, HttpStatusCode.UnprocessableEntity)).ExpectCode("field-invalid").ExpectMention(field);
    }

    [Fact]
    public async Task Decide_BareNaN_IsRefused()
    {
        var fields = Fields();
        fields.Remove("minutes");
        var answer = await factory.Http.PostText(Path, fields.ToJsonString().TrimEnd('}') + ",\"minutes\":NaN}", TestContext.Current.CancellationToken);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        answer.ExpectProblem(answer.Status);
    }

    [Fact]
    public async Task Decide_MissingField_IsRefusedWithTheField()
    {
        var fields = Fields();
        fields.Remove("calls");
        (await Refused(fields.ToJsonString(), HttpStatusCode.UnprocessableEntity)).ExpectCode("field-missing").ExpectMention("calls");
    }

    [Fact]
    public async Task Decide_UnknownField_IsRefusedWithTheField()
    {
        var fields = Fields();
        fields["shoe_size"] = 44;
        (await Refused(fields.ToJsonString(), HttpStatusCode.UnprocessableEntity)).ExpectCode("field-unknown").ExpectMention("shoe_size");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("17")]
    [InlineData("{\"instances\":7}")]
    [InlineData("{\"instances\":[7]}")]
    public async Task Decide_BodyThatIsNone_IsRefused(string body)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText(Path, body, cancellation);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        answer.ExpectProblem(answer.Status);
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Decide_TooManyInstances_IsRefused()
    {
        var instances = new JsonArray([.. Enumerable.Range(0, 1001).Select(_ => (JsonNode)Fields())]);
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText(Path, new JsonObject { ["instances"] = instances }.ToJsonString(), cancellation);
        answer.ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "instances-too-many").ExpectMention("1000");
    }

    [Fact]
    public async Task Decide_OneBadInstanceAmongGood_IsRefusedWithItsPosition()
    {
        var bad = Fields();
        bad["calls"] = "three";
        var body = new JsonObject { ["instances"] = new JsonArray(Fields(), bad) }.ToJsonString();
        (await Refused(body, HttpStatusCode.UnprocessableEntity)).ExpectMention("calls");
    }

    [Fact]
    public async Task Decide_BodyOverTheLimit_IsRefusedWithoutReadingItAll()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var body = new byte[200_000_000];
        Array.Fill(body, (byte)' ');
        var answer = await factory.Http.PostBytes(Path, body, "application/json", cancellation);
        answer.ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "body-too-large");
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Decide_NestedTenThousandDeep_IsRefused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText(Path, $"{{\"plan\":{new string('[', 10_000)}", cancellation);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        await factory.AssertUnharmed(cancellation);
    }

    private async Task<Complaint> Refused(string body, HttpStatusCode status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var complaint = (await factory.Http.PostText(Path, body, cancellation)).ExpectProblem(status);
        await factory.AssertUnharmed(cancellation);
        return complaint;
    }

    private JsonObject Fields() => JsonSerializer.SerializeToNode(factory.Customer.Fields)!.AsObject();
}
