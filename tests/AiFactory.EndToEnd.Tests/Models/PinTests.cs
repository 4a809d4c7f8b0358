using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Models;

/// <summary>The model repository of the Open Inference Protocol on a real factory, through the death of its process.</summary>
public sealed class PinTests
{
    private const string Load = "/v2/repository/models/kept/load", Unload = "/v2/repository/models/kept/unload";
    private const string Sample = """{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""";

    [Fact]
    public async Task Load_FactoryKilledAndStartedAgain_IsInMemoryAgainWithoutARequestUntilItIsUnloaded()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var model = LinearOnnx.Graph([1, 2, 3, 4, 5, 6], external: null);
            foreach (var name in new[] { "kept", "idle" })
            {
                (await factory.Http.PostBytes($"/v1/models/{name}/versions?fileName=model.onnx", model, "application/octet-stream", cancellation)).Expect(System.Net.HttpStatusCode.Created);
                await factory.Http.Deploy(name, new { variants = new[] { FactoryVerbs.VariantOf("a", name, 1, 50), FactoryVerbs.VariantOf("b", name, 1, 50) } }, cancellation);
            }

            (await factory.Http.PostText(Load, "", cancellation)).ExpectSuccess();
            Assert.Equal(["kept@1"], (await Index(factory.Http, "kept", cancellation)).Select(entry => entry.Text("version")));
            Assert.Equal(await Workers(factory.Http, cancellation), await Pinned(factory.Http, cancellation));
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var workers = await Workers(factory.Http, cancellation);
            await Until.True("the pinned model is back on every worker", async () => (await Pinned(factory.Http, cancellation)).SequenceEqual(workers), cancellation);
            Assert.Equal("READY", (await Index(factory.Http, "kept", cancellation)).Single().Text("state"));
            Assert.Equal("UNAVAILABLE", (await Index(factory.Http, "idle", cancellation)).Single().Text("state"));

            (await factory.Http.PostText(Unload, "", cancellation)).ExpectSuccess();
            Assert.Empty(await Pinned(factory.Http, cancellation));
            Assert.Equal("UNAVAILABLE", (await Index(factory.Http, "kept", cancellation)).Single().Text("state"));
            var answer = (await factory.Http.PostText("/v2/models/kept/infer", Sample, cancellation)).ExpectSuccess().Json;
            Assert.Equal("[22,28]", answer.Items("outputs").Single().Member("data").GetRawText());
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            (await factory.Http.PostText("/v2/models/idle/infer", Sample, cancellation)).ExpectSuccess();
            Assert.Empty(await Pinned(factory.Http, cancellation));
        }
    }

    private static async Task<List<JsonElement>> Index(FactoryHttp http, string name, CancellationToken cancellation) =>
        [.. (await http.PostText("/v2/repository/index", "{}", cancellation)).ExpectSuccess().Json.EnumerateArray().Where(entry => entry.Text("name") == name)];

    private static async Task<string[]> Workers(FactoryHttp http, CancellationToken cancellation) =>
        [.. (await Loaded(http, cancellation)).Select(Name)];

    // Workers that have the model, ready and pinned.
    private static async Task<string[]> Pinned(FactoryHttp http, CancellationToken cancellation) => [.. (await Loaded(http, cancellation))
        .Where(worker => worker.Items("models").Any(model => model.Text("model") == "default/kept/1" && model.Flag("pinned") && !model.Flag("loading")))
        .Select(Name)];

    private static async Task<IEnumerable<JsonElement>> Loaded(FactoryHttp http, CancellationToken cancellation) =>
        (await http.Get("/v1/workers/models", cancellation)).ExpectSuccess().Json.EnumerateArray();

    private static string Name(JsonElement worker) => worker.Member("worker").GetRawText();
}
