using AiFactory.Domain.Models;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Decisions;

/// <summary>Requests for decisions, however their path is written, whether the router sees them or not.</summary>
public sealed class DirectRouteTests
{
    private const string Rows = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    [Theory]
    [InlineData("/v2/models/churn/infer", 200)]
    [InlineData("/v2/models/churn/infer/", 200)]
    [InlineData("/V2/Models/churn/Infer", 200)]
    [InlineData("/v2/models/ch%75rn/infer", 200)]
    [InlineData("/v2/models/churn/versions/mlp@1/infer", 200)]
    [InlineData("/v2/models//infer", 404)]
    [InlineData("/v2/models/infer", 405)]
    [InlineData("/v2/models/a/b/infer", 404)]
    [InlineData("/v2/models/other/infer", 404)]
    [InlineData("/v2/models/churn/inferx", 404)]
    public async Task Post_PathWrittenSomehow_IsTheSameRequest(string path, int status)
    {
        await using var host = await GatewayHost.Start();
        var signature = new ModelSignature([new("x", TensorDataType.Fp32, [2])], [new("y", TensorDataType.Fp32, [2])]);
        await host.Publish(Routes.Endpoint("churn", null, Routes.Variant("a", new("default", "mlp", 1), 0, 1, signature)));
        host.Worker().Row = static (row, output) => output.Append(row.Span);
        Assert.Equal(status, (await host.Post(path, Rows)).Status);
    }
}
