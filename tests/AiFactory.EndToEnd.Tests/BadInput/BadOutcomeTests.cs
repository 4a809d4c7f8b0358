using System.Net;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class BadOutcomeTests(SharedFactory factory)
{
    private const string Path = "/v1/endpoints/leavers/outcomes";

    [Fact]
    public async Task Report_UnknownDecision_IsNotFound()
    {
        const string decisionId = "silo-1-00000000ffffff";
        var cancellation = TestContext.Current.CancellationToken;
        (await factory.Http.Post(Path, new { decisionId, label = "no" }, cancellation)).ExpectProblem(HttpStatusCode.NotFound).ExpectMention(decisionId);
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Report_MalformedDecisionId_IsRefused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        (await factory.Http.Post(Path, new { decisionId = "rubbish", label = "no" }, cancellation)).ExpectProblem(HttpStatusCode.BadRequest, "decision-id-malformed");
    }

    [Fact]
    public async Task Report_Twice_CountsOnce()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var outcome = new { decisionId = await Decide(cancellation), label = "no" };
        var first = (await factory.Http.Post(Path, outcome, cancellation)).Expect(HttpStatusCode.OK).Json;
        var second = (await factory.Http.Post(Path, outcome, cancellation)).Expect(HttpStatusCode.OK).Json;
        Assert.Equal((1, 0), (first.Long("accepted"), first.Long("repeated")));
        Assert.Equal((0, 1), (second.Long("accepted"), second.Long("repeated")));
    }

    [Fact]
    public async Task Report_ConflictingLabel_IsRefusedAndTheFirstStays()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var decisionId = await Decide(cancellation);
        (await factory.Http.Post(Path, new { decisionId, label = "no" }, cancellation)).Expect(HttpStatusCode.OK);
        (await factory.Http.Post(Path, new { decisionId, label = "yes" }, cancellation)).ExpectProblem(HttpStatusCode.Conflict);
        var chain = (await factory.Http.Get($"/v1/decisions/{decisionId}", cancellation)).ExpectSuccess().Json;
        Assert.Equal("no", chain.Member("outcome").Text("label"));
    }

    [Fact]
    public async Task Report_LabelThatIsNoClass_IsRefused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.Post(Path, new { decisionId = await Decide(cancellation), label = "perhaps" }, cancellation);
        answer.ExpectProblem(HttpStatusCode.UnprocessableEntity).ExpectMention("perhaps");
    }

    [Fact]
    public async Task Report_GoodAndBadTogether_KeepsTheGoodAndNamesTheBad()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var good = await Decide(cancellation);
        string[] bad = ["silo-1-00000000ffffff", "elsewhere-00000000000000", "rubbish"];
        var outcomes = bad.Append(good).Select(decisionId => new { decisionId, label = "yes" }).ToArray();
        var receipt = (await factory.Http.Post(Path, outcomes, cancellation)).Expect(HttpStatusCode.OK).Json;
        Assert.Equal(1, receipt.Long("accepted"));
        Assert.Equal(bad.Order(StringComparer.Ordinal), receipt.Items("refused").Select(refused => refused.Text("decisionId")).Order(StringComparer.Ordinal));
        var chain = (await factory.Http.Get($"/v1/decisions/{good}", cancellation)).ExpectSuccess().Json;
        Assert.Equal("yes", chain.Member("outcome").Text("label"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"decisionId\":null,\"label\":\"no\"}")]
    public async Task Report_BodyThatIsNone_IsRefused(string body)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostText(Path, body, cancellation);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        answer.ExpectProblem(answer.Status);
        await factory.AssertUnharmed(cancellation);
    }

    private async Task<string> Decide(CancellationToken cancellation) =>
        (await factory.Http.Post("/v1/endpoints/leavers/decisions", factory.Customer.Fields, cancellation)).ExpectSuccess().Json.Text("decisionId");
}
