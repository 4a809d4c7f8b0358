using AiFactory.Domain.Models;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Models;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Models;

public sealed class ModelRouteTests
{
    private static readonly string Onnx = System.Text.Encoding.ASCII.GetString(TestOnnx.Graph());

    [Fact]
    public async Task Import_OnnxFile_IsInspectedAndRegistered()
    {
        await using var host = await GatewayHost.Start();
        host.Worker().OnInspect = _ => Routes.Numeric();

        var answer = await host.Post("/v1/models/vision/versions?fileName=net.onnx", Onnx, "application/octet-stream");

        Assert.Equal((201, "/v1/models/vision/versions/1"), (answer.Status, answer.Location));
        var registered = ((FakeModel)host.Grains.GetGrain<IModelGrain>("default/vision")).Registered!;
        Assert.Equal((registered.ArtifactSha256, "net.onnx", 4L, 2), (registered.RegistrationId, registered.Origin.ImportedFileName, registered.ArtifactBytes, registered.Signature.Inputs.Count));
        Assert.Equal(Onnx, (await host.Get("/v1/models/vision/versions/latest/artifact")).Text);
        Assert.Equal("vision", (await host.Get("/v1/models/vision")).Json.GetProperty("name").GetString());
        Assert.Equal(1, (await host.Get("/v1/models/vision/versions/1")).Json.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Import_WithPadding_IsAnotherVersionWithItInItsSignature()
    {
        await using var host = await GatewayHost.Start();
        host.Worker().OnInspect = _ => new([new("ids", TensorDataType.Int64, [-1], ["tokens"])], [new("states", TensorDataType.Fp32, [-1, 8], ["tokens", ""])]);

        var plain = await host.Post("/v1/models/vision/versions", Onnx, "application/octet-stream");
        var padded = await host.Post("/v1/models/vision/versions?pad=tokens,ids%3D1&bucket=32,64", Onnx, "application/octet-stream");

        Assert.False(plain.Json.GetProperty("signature").TryGetProperty("padding", out _));
        Assert.Equal("""{"axis":"tokens","value":0,"values":{"ids":1},"sizes":[32,64]}""", padded.Json.GetProperty("signature").GetProperty("padding").GetRawText());
        Assert.EndsWith("?pad=tokens=0,ids=1:32,64", ((FakeModel)host.Grains.GetGrain<IModelGrain>("default/vision")).Registered!.RegistrationId, StringComparison.Ordinal);
        (await host.Post("/v1/models/vision/versions?pad=width", Onnx, "application/octet-stream")).Problem(422, "padding-invalid");
        (await host.Post("/v1/models/vision/versions?pad=tokens&bucket=8,4", Onnx, "application/octet-stream")).Problem(400, "padding-invalid");
        (await host.Post("/v1/models/vision/versions?bucket=8", Onnx, "application/octet-stream")).Problem(400, "padding-invalid");
    }

    [Fact]
    public async Task Import_CorruptFile_IsRefusedByTheWorker()
    {
        await using var host = await GatewayHost.Start();

        (await host.Post("/v1/models/vision/versions", "rubbish", "application/octet-stream")).Problem(422, "artifact-corrupt");
        (await host.Post("/v1/models/vision/versions", Onnx, "application/octet-stream")).Problem(422, "artifact-corrupt");
        (await host.Post("/v1/models/vision/versions", "", "application/octet-stream")).Problem(400, "body-empty");
    }

    [Fact]
    public async Task Import_FirstWorkerGone_TheNextLooks()
    {
        await using var host = await GatewayHost.Start();
        host.Worker("silo-1/cpu-0").OnInspect = _ => throw new SiloUnavailableException();
        host.Worker("silo-2/cpu-0").OnInspect = _ => Routes.Numeric();

        Assert.Equal(201, (await host.Post("/v1/models/vision/versions", Onnx, "application/octet-stream")).Status);
    }

    [Fact]
    public async Task Import_NoWorkerOrTooLarge_IsRefused()
    {
        await using var host = await GatewayHost.Start(options => options.ModelBytesMax = 1024);
        ((FakePool)host.Grains.GetGrain<IWorkerPoolGrain>("default")).Workers.Clear();

        var answer = await host.Post("/v1/models/vision/versions", Onnx, "application/octet-stream");

        answer.Problem(503, "workers-missing");
        Assert.True(answer.RetryAfter);
        (await host.Post("/v1/models/vision/versions", new string('x', 2000), "application/octet-stream")).Problem(413, "body-too-large");
    }

    [Theory]
    [InlineData("/v1/models/nope", 404, "model-not-found")]
    [InlineData("/v1/models/nope/versions/3", 404, "model-not-found")]
    [InlineData("/v1/models/nope/versions/3/artifact", 404, "model-not-found")]
    [InlineData("/v1/models/NOPE", 400, "name-invalid")]
    public async Task Get_UnknownModel_IsAProblem(string path, int status, string code)
    {
        await using var host = await GatewayHost.Start();

        (await host.Get(path)).Problem(status, code);
        Assert.Equal("[]", (await host.Get("/v1/models")).Text);
    }
}
