using AiFactory.Gateway.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Gateway.Draining;

public sealed class DrainTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":0.75,"spend":10,"customer":"C1"}""";

    [Fact]
    public async Task Stopping_IsNotReadyAtOnceAndServesOn()
    {
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        Assert.Equal(200, (await host.Get("/health/ready")).Status);
        host.Worker().Hold();
        var underWay = host.Post(Path, Body);
        await Condition.Until(() => host.Worker().Messages.Count == 1);

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var ready = await host.Get("/health/ready");
        var readyV2 = await host.Get("/v2/health/ready");
        host.Worker().Release(2);

        Assert.Equal((503, """{"ready":false,"waiting":["draining"]}"""), (ready.Status, ready.Text));
        Assert.Equal(503, readyV2.Status);
        Assert.Equal(200, (await underWay).Status);
        using var late = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Body, System.Text.Encoding.UTF8, "application/json") };
        using var answer = await host.Client.SendAsync(late, TestContext.Current.CancellationToken);
        Assert.Equal((200, true), ((int)answer.StatusCode, answer.Headers.ConnectionClose));
    }
}
