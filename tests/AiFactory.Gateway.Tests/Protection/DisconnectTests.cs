using System.Net.Http.Headers;
using System.Text;
using AiFactory.Gateway.Fakes;
using AiFactory.Gateway.Routing;
using AiFactory.Gateway.Workers;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Gateway.Protection;

public sealed class DisconnectTests
{
    private const string Path = "/v1/endpoints/churn/decisions";
    private const string Body = """{"age":1,"spend":0,"customer":"c1"}""";

    [Fact]
    public async Task Decide_CallersHangUp_NothingIsLeftToDoAndNothingIsRecorded()
    {
        const int Callers = 200;
        var cancellation = TestContext.Current.CancellationToken;
        await using var host = await GatewayHost.Start();
        await host.Publish(Routes.Churn());
        var worker = host.Worker();
        worker.Hold();
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var requests = Enumerable.Range(0, Callers).Select(_ => Send(host, hangUp.Token)).ToArray();
        await Condition.Until(() => Lane(host).OutstandingRows == Callers);

        await hangUp.CancelAsync();

        await Condition.Until(() => Lane(host).OutstandingRows == 0);
        foreach (var request in requests)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        await Condition.Until(() => worker.Cancelled.Count > 0);
        var sent = worker.Messages.Count;
        worker.Release(sent + 1);
        Assert.Equal(200, (await host.Post(Path, Body)).Status);
        Assert.Equal(sent + 1, worker.Messages.Count);
        Assert.Single(host.Log.Decisions);
    }

    private static async Task Send(GatewayHost host, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse("application/json") } };
        using var answer = await host.Client.PostAsync(new Uri(Path, UriKind.Relative), content, cancellation);
    }

    private static Lane Lane(GatewayHost host) =>
        host.Services.GetRequiredService<RoutingSnapshots>().Snapshots.Single().Snapshot.Endpoints["churn"].Variants[0].Lanes[0];
}
