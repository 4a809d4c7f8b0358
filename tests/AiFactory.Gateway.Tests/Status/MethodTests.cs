using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Status;

/// <summary>What a wrong method on a right path is answered.</summary>
public sealed class MethodTests
{
    [Theory]
    [InlineData("DELETE", "/v2/models/churn/infer", "POST")]
    [InlineData("PATCH", "/v1/endpoints/churn", "DELETE, GET, HEAD, PUT")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    [InlineData("GET", "/v1/endpoints/churn/decisions", "POST")]
    public async Task WrongMethod_KnownPath_Is405WithAllow(string method, string path, string allow)
    {
        await using var host = await GatewayHost.Start();
        using var request = new HttpRequestMessage(new(method), path);

        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(405, (int)response.StatusCode);
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
        Assert.Contains(path, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownPath_AnyMethod_Is404()
    {
        await using var host = await GatewayHost.Start();

        (await host.Get("/v1/nothing")).Problem(404, "route-not-found");
        Assert.Equal(404, (await host.Post("/v2/nothing", "{}")).Status);
    }

    [Fact]
    public async Task Head_WhereGetIs_AnswersItsStatus()
    {
        await using var host = await GatewayHost.Start();

        Assert.Equal(200, (await host.Send(HttpMethod.Head, "/v2/health/live", null)).Status);
        Assert.Equal(404, (await host.Send(HttpMethod.Head, "/v2/models/nope", null)).Status);
    }
}
