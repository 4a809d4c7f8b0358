using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Decisions;

namespace AiFactory.Gateway.Decisions;

public sealed class OutcomeRouteTests
{
    private const string Path = "/v1/endpoints/churn/outcomes";

    [Fact]
    public async Task Report_One_IsAcceptedByTheLogThatHoldsTheDecision()
    {
        await using var host = await WithDecision();

        var answer = await host.Post(Path, """{"decisionId":"silo-1-00000000000000","label":"yes"}""");

        Assert.Equal((200, 1), (answer.Status, answer.Json.GetProperty("accepted").GetInt32()));
        Assert.Equal("yes", ((FakeLogGrain)host.Grains.GetGrain<IDecisionLogGrain>("silo-1/log")).Outcomes[0].Label);
    }

    [Theory]
    [InlineData("""{"decisionId":"silo-1-00000000000fff","label":"yes"}""", 404, "decision-not-found")]
    [InlineData("""{"decisionId":"x","label":"yes"}""", 400, "decision-id-malformed")]
    [InlineData("""{"decisionId":"silo-2-00000000000000","label":"yes"}""", 503, "decision-log-unavailable")]
    [InlineData("""[{"decisionId":"silo-2-00000000000000","label":"yes"},{"decisionId":"silo-2-00000000000040","label":"no"}]""", 503, "decision-log-unavailable")]
    [InlineData("""{"decisionId":"silo-9-00000000000000","label":"yes"}""", 404, "decision-not-found")]
    [InlineData("""{"label":"yes"}""", 400, "field-missing")]
    [InlineData("""[{"decisionId":"silo-1-00000000000000"}]""", 400, "field-missing")]
    [InlineData("[null]", 400, "field-missing")]
    [InlineData("7", 400, "json-malformed")]
    [InlineData("""[{"decisionId":7}]""", 400, "json-malformed")]
    public async Task Report_Bad_AnswersItsRefusal(string body, int status, string code)
    {
        await using var host = await WithDecision();

        (await host.Post(Path, body)).Problem(status, code);
    }

    [Fact]
    public async Task Report_Several_ListsTheRefused()
    {
        await using var host = await WithDecision();

        var answer = await host.Post(Path, """
            [{"decisionId":"silo-1-00000000000000","label":"yes"},{"decisionId":"silo-1-00000000000fff","label":"no"},
             {"decisionId":"silo-2-00000000000000","label":"no"},{"decisionId":"??","label":"no"}]
            """);

        Assert.Equal((200, 1), (answer.Status, answer.Json.GetProperty("accepted").GetInt32()));
        Assert.Equal(["decision-id-malformed", "decision-log-unavailable", "decision-not-found"],
            answer.Json.GetProperty("refused").EnumerateArray().Select(refused => refused.GetProperty("refusal").GetProperty("code").GetString()!).Order());
    }

    [Fact]
    public async Task Report_TooMany_Is413()
    {
        await using var host = await GatewayHost.Start(options => options.OutcomesMax = 1);

        (await host.Post(Path, """[{"decisionId":"a","label":"b"},{"decisionId":"a","label":"b"}]""")).Problem(413, "outcomes-too-many");
    }

    private static async Task<GatewayHost> WithDecision()
    {
        var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        Assert.Equal(200, (await host.Post("/v1/endpoints/churn/decisions", """{"age":1,"spend":0,"customer":"c1"}""")).Status);
        return host;
    }
}
