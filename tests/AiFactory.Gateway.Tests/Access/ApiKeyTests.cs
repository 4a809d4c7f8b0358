using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Access;

public sealed class ApiKeyTests
{
    [Theory]
    [InlineData("Authorization", "Bearer key-1")]
    [InlineData("Authorization", "bearer key-1")]
    [InlineData("X-API-Key", "key-1")]
    public async Task Request_WithItsKey_IsOfTheKeysTenant(string header, string value)
    {
        await using var host = await GatewayHost.Start(options => options.RequireApiKey = true);
        host.Directory.Allow("key-1", "acme");

        Assert.Equal("acme", (await host.Get("/v1/cost/statement", (header, value))).Json.GetProperty("tenant").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_WithAWrongKey_Is401EvenWhereNoneIsNeeded(bool required)
    {
        await using var host = await GatewayHost.Start(options => options.RequireApiKey = required);

        (await host.Get("/v1/cost/statement", ("X-API-Key", "wrong"))).Problem(401, "api-key-unknown");
        (await host.Get("/v1/cost/statement", ("X-API-Key", new string('x', 5000)))).Problem(401, "api-key-unknown");
        (await host.Get("/v1/cost/statement", ("Authorization", "Basic a2V5"))).Problem(401, "api-key-unknown");
    }

    [Fact]
    public async Task Request_WithoutKey_Is401OnlyWhereOneIsNeeded()
    {
        await using var strict = await GatewayHost.Start(options => options.RequireApiKey = true);
        await using var loopback = await GatewayHost.Start();

        (await strict.Get("/v1/datasets")).Problem(401, "api-key-missing");
        (await strict.Post("/v1/endpoints/churn/decisions", "{}")).Problem(401, "api-key-missing");
        Assert.Equal(401, (await strict.Post("/v2/models/churn/infer", "{}")).Status);
        Assert.Equal(200, (await strict.Get("/health/live")).Status);
        Assert.Equal("default", (await loopback.Get("/v1/cost/statement")).Json.GetProperty("tenant").GetString());
    }

    [Fact]
    public async Task Request_OfAnotherTenant_SeesItsOwnEndpointsOnly()
    {
        await using var host = await GatewayHost.Start();
        host.Directory.Allow("key-1", "acme");
        await host.Publish(Routes.Churn(keyField: null));

        (await host.Post("/v1/endpoints/churn/decisions", """{"age":1,"spend":2}""", headers: ("X-API-Key", "key-1"))).Problem(404, "endpoint-not-found");
    }

    [Fact]
    public async Task Post_ApiKeys_GivesAKeyThatWorksAtOnce()
    {
        await using var host = await GatewayHost.Start();

        var key = (await host.Send(HttpMethod.Post, "/v1/tenant/api-keys", null)).Json.GetProperty("apiKey").GetString()!;

        Assert.Equal(200, (await host.Get("/v1/datasets", ("X-API-Key", key))).Status);
    }

    [Fact]
    public async Task Request_ManyUnknownKeys_DoNotLoadTheDirectory()
    {
        await using var host = await GatewayHost.Start();
        for (var i = 0; i < 100; i++)
        {
            (await host.Get("/v1/datasets", ("X-API-Key", $"guess-{i}"))).Problem(401, "api-key-unknown");
        }

        Assert.InRange(host.Directory.Reads, 1, 20);
    }
}
