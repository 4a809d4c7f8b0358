using System.Text;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Endpoints;

namespace AiFactory.Gateway.Endpoints;

public sealed class EndpointRouteTests
{
    private const string Spec = """{"variants":[{"name":"a","model":{"tenant":"other","model":"m","version":1},"weight":100}],"keyField":"customer"}""";

    [Fact]
    public async Task Deploy_ThenDecide_IsServedAtOnce()
    {
        await using var host = await GatewayHost.Start();
        host.Worker().Signatures["default/m/1"] = Routes.Numeric();

        var deployed = await Put(host, Spec);
        var decided = await host.Post("/v1/endpoints/churn/decisions", """{"age":1,"spend":2,"customer":"c"}""");
        var undeployed = await host.Send(HttpMethod.Delete, "/v1/endpoints/churn", null);
        var after = await host.Post("/v1/endpoints/churn/decisions", """{"age":1,"spend":2,"customer":"c"}""");

        Assert.Equal((200, 1), (deployed.Status, deployed.Json.GetProperty("revision").GetInt32()));
        Assert.Equal("default", deployed.Json.GetProperty("spec").GetProperty("variants")[0].GetProperty("model").GetProperty("tenant").GetString());
        Assert.Equal((200, "m@1"), (decided.Status, decided.Json.GetProperty("model").GetString()));
        Assert.False(undeployed.Json.GetProperty("deployed").GetBoolean());
        after.Problem(404, "endpoint-not-found");
        Assert.Equal(200, (await host.Get("/v1/endpoints/churn")).Status);
    }

    [Theory]
    [InlineData("{}", 400, "field-missing")]
    [InlineData("""{"variants":[null]}""", 400, "field-missing")]
    [InlineData("""{"variants":[{"name":"a"}]}""", 400, "field-missing")]
    [InlineData("""{"variants":[{}""", 400, "json-malformed")]
    public async Task Deploy_BadSpec_IsRefused(string body, int status, string code)
    {
        await using var host = await GatewayHost.Start();

        (await Put(host, body)).Problem(status, code);
    }

    [Fact]
    public async Task Get_EndpointsAndExperiment_Answer()
    {
        await using var host = await GatewayHost.Start();
        await host.Grains.GetGrain<IEndpointCatalogGrain>("default").Add("churn");

        Assert.Equal("""["churn"]""", (await host.Get("/v1/endpoints")).Text);
        Assert.Equal("churn", (await host.Get("/v1/endpoints/churn/experiment")).Json.GetProperty("endpoint").GetString());
        (await host.Get("/v1/endpoints/churn")).Problem(404, "endpoint-not-found");
    }

    private static async Task<Answer> Put(GatewayHost host, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await host.Send(HttpMethod.Put, "/v1/endpoints/churn", content);
    }
}
