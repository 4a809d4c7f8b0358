using System.Text;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Models;

namespace AiFactory.Gateway.Models;

public sealed class ModelImportTests
{
    private const string Path = "/v1/models/vision/imports";

    [Fact]
    public async Task Import_GraphWithDataFiles_BecomesABundle()
    {
        await using var host = await Host();
        var graph = TestOnnx.Graph("parts/w.data");

        var answer = await host.Send(HttpMethod.Post, Path, Form(("onnx/readme.md", "hello"u8.ToArray()), ("onnx/net.onnx", graph), ("onnx/parts/w.data", [1, 2, 3]), ("late.md", [9])));

        Assert.Equal((201, "/v1/models/vision"), (answer.Status, answer.Location));
        var version = Assert.Single(Versions(answer));
        Assert.Equal((graph.Length + 3, 4096L, "onnx/net.onnx"), (version.ArtifactBytes, version.MemoryBytes, version.Origin.ImportedFileName));
        Assert.Equal(["onnx/net.onnx", "onnx/parts/w.data"], version.Files!.Select(file => file.Path));
        var bundle = JsonSerializer.Deserialize<ModelBundle>(host.Objects[$"content/{version.ArtifactSha256}"], FactoryJson.Options)!;
        Assert.Equal("onnx/net.onnx", ModelBundle.Check(bundle).OrThrow().Graph);
        Assert.Equal(version.Files, bundle.Files);
        Assert.Equal("\x01\x02\x03", (await host.Get("/v1/models/vision/versions/1/files/onnx/parts/w.data")).Text);
        Assert.Equal(Encoding.ASCII.GetString(graph), (await host.Get("/v1/models/vision/versions/1/artifact")).Text);
        (await host.Get("/v1/models/vision/versions/1/files/late.md")).Problem(404, "file-not-found");
    }

    [Fact]
    public async Task Import_FolderOfVersions_RegistersEachInOrder()
    {
        await using var host = await Host();

        var answer = await host.Send(
            HttpMethod.Post, $"{Path}?fileName=resnet", Form(("10/model.onnx", TestOnnx.Graph("w.data")), ("10/w.data", [1]), ("2/model.onnx", TestOnnx.Graph()), ("2/config.pbtxt", [1])));

        Assert.Equal(
            [(1, "resnet/2/model.onnx", null), (2, "resnet/10/model.onnx", 2)],
            Versions(answer).Select(version => (version.Version, version.Origin.ImportedFileName!, version.Files?.Count)));
    }

    [Fact]
    public async Task Import_OneOfSeveralIsRefusedByTheWorker_NoneIsRegistered()
    {
        await using var host = await Host();
        var calls = 0;
        host.Worker().OnInspect = _ => ++calls == 2 ? throw new RefusedException(new("warmup-failed", RefusalKind.Unprocessable, "No.")) : Routes.Numeric();

        var answer = await host.Send(HttpMethod.Post, Path, Form(("1/model.onnx", TestOnnx.Graph()), ("2/model.onnx", TestOnnx.Graph())));

        Assert.Equal("2/model.onnx", answer.Problem(422, "warmup-failed").GetProperty("where").GetString());
        Assert.Empty(host.Objects.Contents);
        Assert.Null(((FakeModel)host.Grains.GetGrain<IModelGrain>("default/vision")).Registered);
    }

    [Fact]
    public async Task Import_Refused_TakesBackItsOwnFilesOnly()
    {
        await using var host = await Host();
        var (good, bad) = (TestOnnx.Graph("w.data"), TestOnnx.Graph("v.data", "w.data"));
        Assert.Equal(201, (await host.Send(HttpMethod.Post, Path, Form(("model.onnx", good), ("w.data", [1, 2])))).Status);
        var before = host.Objects.Contents;
        host.Worker().OnInspect = _ => throw new RefusedException(new("artifact-corrupt", RefusalKind.Unprocessable, "No."));

        (await host.Send(HttpMethod.Post, Path, Form(("model.onnx", bad), ("w.data", [1, 2]), ("v.data", [3])))).Problem(422, "artifact-corrupt");
        (await host.Send(HttpMethod.Post, Path, Form(("1/model.onnx", bad), ("1/v.data", [3]), ("1/w.data", [1, 2]), ("2/model.onnx", bad)))).Problem(422, "external-file-missing");
        (await host.Post("/v1/models/vision/versions?fileName=m.onnx", "no model", "application/octet-stream")).Problem(422, "artifact-corrupt");

        Assert.Equal(before, host.Objects.Contents);
    }

    [Fact]
    public async Task Import_WithSample_KeepsItInTheBundle()
    {
        await using var host = await Host();

        using var form = Form(("net.onnx", TestOnnx.Graph()));
        form.Add(new StringContent("""{"inputs":[]}"""), "warmup");
        var version = Assert.Single(Versions(await host.Send(HttpMethod.Post, Path, form)));

        var bundle = JsonSerializer.Deserialize<ModelBundle>(host.Objects[$"content/{version.ArtifactSha256}"], FactoryJson.Options)!;
        Assert.Equal("""{"inputs":[]}""", Encoding.UTF8.GetString(host.Objects[$"content/{bundle.Warmup!.Sha256}"]));
        Assert.Equal(["It ran."], ((FakeModel)host.Grains.GetGrain<IModelGrain>("default/vision")).Registered!.Checks!);
    }

    [Fact]
    public async Task Import_FromStore_TakesFileFolderOrVersions()
    {
        await using var host = await Host();
        await Put(host, "imports/default/one.onnx", TestOnnx.Graph());
        await Put(host, "imports/default/big/model.onnx", TestOnnx.Graph("w.data"));
        await Put(host, "imports/default/big/w.data", [7]);
        await Put(host, "imports/default/repo/1/model.onnx", TestOnnx.Graph());
        await Put(host, "imports/default/repo/2/model.onnx", TestOnnx.Nested("x.data"));
        await Put(host, "imports/default/repo/2/x.data", [8]);

        Assert.Null(Assert.Single(Versions(await Stored(host, "one.onnx"))).Files);
        Assert.Equal(["model.onnx", "w.data"], Assert.Single(Versions(await Stored(host, "big"))).Files!.Select(file => file.Path));
        Assert.Equal(["model.onnx", "w.data"], Assert.Single(Versions(await Stored(host, "big/model.onnx"))).Files!.Select(file => file.Path));
        Assert.Equal(2, Versions(await Stored(host, "repo")).Count);
        (await Stored(host, "nothing")).Problem(404, "object-not-found");
        (await host.Post(Path, "{}")).Problem(400, "field-missing");
    }

    [Theory]
    [InlineData("external-file-missing", 422, "model.onnx", "w.data", "other.data")]
    [InlineData("external-path-invalid", 422, "model.onnx", "../w.data", "w.data")]
    [InlineData("external-path-invalid", 422, "model.onnx", "/etc/passwd", "w.data")]
    [InlineData("model-ambiguous", 422, "a.onnx", null, "b.onnx")]
    [InlineData("model-ambiguous", 422, "1/a.onnx", null, "b.data")]
    [InlineData("model-missing", 422, null, null, "b.data")]
    [InlineData("path-invalid", 400, "../model.onnx", null, "b.data")]
    [InlineData("artifact-corrupt", 422, null, null, "b.onnx")]
    public async Task Import_BadFiles_AreRefused(string code, int status, string? graph, string? external, string other)
    {
        await using var host = await Host();
        var files = new List<(string, byte[])> { (other, code == "artifact-corrupt" ? "rubbish"u8.ToArray() : TestOnnx.Graph()) };
        if (graph is not null)
        {
            files.Add((graph, external is null ? TestOnnx.Graph() : TestOnnx.Graph(external)));
        }

        (await host.Send(HttpMethod.Post, Path, Form([.. files]))).Problem(status, code);
        Assert.Null(((FakeModel)host.Grains.GetGrain<IModelGrain>("default/vision")).Registered);
    }

    [Fact]
    public async Task Import_BadForms_AreRefused()
    {
        await using var host = await GatewayHost.Start(options => options.ModelBytesMax = 1024);

        (await host.Post(Path, "x", "multipart/form-data")).Problem(400, "form-malformed");
        (await host.Post(Path, "x", "multipart/form-data; boundary=b")).Problem(400, "form-malformed");
        using var nameless = new MultipartFormDataContent { { new StringContent("x"), "other" } };
        (await host.Send(HttpMethod.Post, Path, nameless)).Problem(400, "form-malformed");
        (await host.Send(HttpMethod.Post, Path, Form(("w.data", new byte[4096])))).Problem(413, "body-too-large");
        (await host.Post(Path, "x", "text/plain")).Problem(415, "content-type-unsupported");
    }

    [Fact]
    public async Task LoadAndUnload_Version_OnAllWorkersOrOne()
    {
        await using var host = await Host();
        await host.Send(HttpMethod.Post, Path, Form(("net.onnx", TestOnnx.Graph())));

        var loaded = (await host.Post("/v1/models/vision/versions/1/load", "")).Json;

        Assert.Equal("default/vision/1", loaded[0].GetProperty("models")[0].GetProperty("model").GetString());
        Assert.Contains("default/vision/1", host.Worker().Pinned);
        host.Worker().Pinned.Add("other/secret/1");
        var listed = (await host.Get("/v1/workers/models")).Json[0];
        Assert.Equal((1000, 1), (listed.GetProperty("memoryBytesMax").GetInt32(), listed.GetProperty("models").GetArrayLength()));
        Assert.Equal(200, (await host.Post("/v1/models/vision/versions/latest/unload?worker=silo-1%2Fcpu-0", "")).Status);
        Assert.DoesNotContain("default/vision/1", host.Worker().Pinned);
        (await host.Post("/v1/models/vision/versions/1/load?worker=nobody", "")).Problem(404, "worker-not-found");
        (await host.Post("/v1/models/vision/versions/9/load", "")).Problem(404, "model-not-found");
    }

    private static async Task<GatewayHost> Host()
    {
        var host = await GatewayHost.Start();
        host.Worker().OnInspect = _ => Routes.Numeric();
        return host;
    }

    private static MultipartFormDataContent Form(params (string Path, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (path, bytes) in files)
        {
            form.Add(new ByteArrayContent(bytes), "file", path);
        }

        return form;
    }

    private static Task<Answer> Stored(GatewayHost host, string path) => host.Post(Path, $$"""{"objectPath":"{{path}}"}""");

    private static Task Put(GatewayHost host, string path, byte[] bytes) => host.Objects.Put(path, bytes, TestContext.Current.CancellationToken);

    private static IReadOnlyList<ModelVersion> Versions(Answer answer)
    {
        Assert.Equal(201, answer.Status);
        return JsonSerializer.Deserialize<IReadOnlyList<ModelVersion>>(answer.Text, FactoryJson.Options)!;
    }
}
