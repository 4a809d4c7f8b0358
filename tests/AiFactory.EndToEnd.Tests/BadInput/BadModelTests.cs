using System.Net;
using System.Text;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.BadInput;

[Collection(SharedFactoryGroup.Name)]
public sealed class BadModelTests(SharedFactory factory)
{
    [Fact]
    public async Task Import_Rubbish_IsRefused() => await ImportInVain(Encoding.UTF8.GetBytes("this is no model"));

    [Fact]
    public async Task Import_Nothing_IsRefused() => await ImportInVain([]);

    [Fact]
    public async Task Import_TruncatedModel_IsRefused()
    {
        var artifact = await Artifact();
        await ImportInVain(artifact[..(artifact.Length / 2)]);
    }

    [Fact]
    public async Task Import_ModelWithFlippedBytes_IsRefusedOrServesNothing()
    {
        var artifact = await Artifact();
        for (var at = 8; at < artifact.Length; at += 97)
        {
            artifact[at] ^= 0x5A;
        }

        await ImportInVain(artifact);
    }

    [Fact]
    public async Task Import_OwnExport_IsAVersionWithTheSameBytes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var artifact = await Artifact();
        var answer = await factory.Http.PostBytes("/v1/models/returned/versions?fileName=leavers.onnx", artifact, "application/octet-stream", cancellation);
        var version = answer.Expect(HttpStatusCode.Created).Json;
        Assert.Equal(artifact.Length, version.Long("artifactBytes"));
        Assert.Equal("leavers.onnx", version.Member("origin").Text("importedFileName"));
    }

    private async Task<byte[]> Artifact() =>
        (await factory.Http.Get("/v1/models/leavers/versions/1/artifact", TestContext.Current.CancellationToken)).ExpectSuccess().Bytes;

    private async Task ImportInVain(byte[] bytes)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = await factory.Http.PostBytes("/v1/models/broken/versions?fileName=broken.onnx", bytes, "application/octet-stream", cancellation);
        Assert.Contains(answer.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        Assert.NotEmpty(answer.ExpectProblem(answer.Status).Mend);
        (await factory.Http.Get("/v1/models/broken/versions/1", cancellation)).ExpectProblem(HttpStatusCode.NotFound);
        await factory.AssertUnharmed(cancellation);
    }
}
