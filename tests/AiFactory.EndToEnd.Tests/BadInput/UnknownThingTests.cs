using System.Net;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class UnknownThingTests(SharedFactory factory)
{
    [Theory]
    [InlineData("/v1/datasets/nothing")]
    [InlineData("/v1/datasets/nothing/versions/latest")]
    [InlineData("/v1/datasets/customers/versions/99")]
    [InlineData("/v1/datasets/customers/versions/99/quarantine")]
    [InlineData("/v1/datasets/customers/ingestions/nothing")]
    [InlineData("/v1/models/nothing")]
    [InlineData("/v1/models/nothing/versions/1")]
    [InlineData("/v1/models/leavers/versions/99")]
    [InlineData("/v1/models/leavers/versions/99/artifact")]
    [InlineData("/v1/training-runs/nothing")]
    [InlineData("/v1/training-runs/nothing/holdout")]
    [InlineData("/v1/endpoints/nothing")]
    [InlineData("/v1/endpoints/nothing/experiment")]
    [InlineData("/v1/decisions/silo-1-00000000ffffff")]
    public async Task Get_UnknownThing_IsNotFoundAndNamed(string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var complaint = (await factory.Http.Get(path, cancellation)).ExpectProblem(HttpStatusCode.NotFound);
        Assert.EndsWith("-not-found", complaint.Code, StringComparison.Ordinal);
        Assert.NotEmpty(complaint.Mend);
    }

    [Fact]
    public async Task Get_DecisionOfASiloThatIsNotThere_IsNotFound()
    {
        var answer = await factory.Http.Get("/v1/decisions/elsewhere-00000000000000", TestContext.Current.CancellationToken);
        answer.ExpectProblem(HttpStatusCode.NotFound, "decision-not-found").ExpectMention("elsewhere");
    }

    [Theory]
    [InlineData("/v1/decisions/rubbish")]
    [InlineData("/v1/datasets/customers/versions/one")]
    [InlineData("/v1/models/leavers/versions/-1")]
    public async Task Get_MalformedId_IsRefused(string path)
    {
        var answer = await factory.Http.Get(path, TestContext.Current.CancellationToken);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.NotFound });
        answer.ExpectProblem(answer.Status);
    }

    [Fact]
    public async Task Decide_UnknownEndpoint_IsNotFound()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.Post("/v1/endpoints/nothing/decisions", factory.Customer.Fields, cancellation);
        answer.ExpectProblem(HttpStatusCode.NotFound, "endpoint-not-found").ExpectMention("nothing");
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Deploy_UnknownModel_IsRefusedAndNothingIsDeployed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var spec = new { variants = new[] { FactoryVerbs.VariantOf("a", "nothing", 1, 100) } };
        var answer = await factory.Http.Put("/v1/endpoints/phantom", spec, cancellation);
        answer.ExpectProblem(HttpStatusCode.NotFound).ExpectMention("nothing");
        (await factory.Http.Post("/v1/endpoints/phantom/decisions", factory.Customer.Fields, cancellation)).ExpectProblem(HttpStatusCode.NotFound);
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Deploy_BadWeights_IsRefused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var spec = new { variants = new[] { FactoryVerbs.VariantOf("a", "leavers", 1, -5) } };
        (await factory.Http.Put("/v1/endpoints/skewed", spec, cancellation)).ExpectProblem(HttpStatusCode.UnprocessableEntity);
        (await factory.Http.Put("/v1/endpoints/skewed", new { variants = Array.Empty<object>() }, cancellation)).ExpectProblem(HttpStatusCode.UnprocessableEntity);
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Train_UnknownDataset_IsNotFound()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.Post("/v1/training-runs", FactoryVerbs.SpecOf("m", "nothing", "lightgbm", 3), cancellation);
        answer.ExpectProblem(HttpStatusCode.NotFound).ExpectMention("nothing");
        await factory.AssertUnharmed(cancellation);
    }

    [Fact]
    public async Task Call_WrongKey_IsUnauthenticated()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/datasets");
        request.Headers.Add("X-API-Key", "not-a-key");
        (await factory.Http.Send(request, cancellation)).ExpectProblem(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Call_OwnKey_IsServed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var key = (await factory.Http.Post("/v1/tenant/api-keys", new { }, cancellation)).ExpectSuccess().Json.Text("apiKey");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/datasets");
        request.Headers.Authorization = new("Bearer", key);
        (await factory.Http.Send(request, cancellation)).Expect(HttpStatusCode.OK);
    }
}
