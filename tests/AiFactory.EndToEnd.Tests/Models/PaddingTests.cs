using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Models;

/// <summary>A model with a mask, imported to be padded: requests of all lengths at a time, answered as by hand.</summary>
[Collection(SharedFactoryGroup.Name)]
public sealed class PaddingTests(SharedFactory factory)
{
    private const int Width = 3;
    private const string Sample =
        """{"inputs":[{"name":"x","shape":[1,2,3],"datatype":"FP32","data":[1,2,3,4,5,9]},{"name":"mask","shape":[1,2],"datatype":"INT64","data":[1,1]}]}""";

    [Fact]
    public async Task Infer_RequestsOfAllLengthsAtATime_GivesEachItsOwnAnswer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var version = (await Import("masked", "masked.onnx", Sample, "--pad", "length=5,mask=0", "--bucket", "4,16")).Expect(0).Json.EnumerateArray().Single();
        Assert.Equal("length", version.Member("signature").Member("padding").Text("axis"));
        Assert.Contains(version.Member("qualityGate").Items("findings"), finding => finding.GetString()!.StartsWith("Padded, the sample's answers differ by at most", StringComparison.Ordinal));
        await factory.Http.Deploy("masked", new { variants = new[] { FactoryVerbs.VariantOf("only", "masked", 1, 100) }, serving = new { replicas = new { min = 1, max = 1 } } }, cancellation);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async request =>
        {
            var length = 1 + (request % 20);
            var elements = Enumerable.Range(0, length * Width).Select(i => (request + i) % 7).ToArray();
            var answer = (await factory.Http.Post("/v2/models/masked/infer", new
            {
                inputs = new object[]
                {
                    new { name = "x", shape = new[] { 1, length, Width }, datatype = "FP32", data = elements },
                    new { name = "mask", shape = new[] { 1, length }, datatype = "INT64", data = Enumerable.Repeat(1, length) },
                },
            }, cancellation)).ExpectSuccess().Json;
            var outputs = answer.Items("outputs").ToDictionary(output => output.Text("name"));
            var mean = Enumerable.Range(0, Width).Select(column => elements.Where((_, i) => i % Width == column).Average()).ToArray();
            Assert.Equal($"[1,{length},{Width}]", outputs["centred"].Member("shape").GetRawText());
            Assert.All(outputs["mean"].Items("data").Zip(mean), pair => Assert.Equal(pair.Second, pair.First.GetDouble(), 1e-4));
            Assert.All(outputs["centred"].Items("data").Zip(elements.Select((element, i) => element - mean[i % Width])), pair => Assert.Equal(pair.Second, pair.First.GetDouble(), 1e-4));
        }));
    }

    [Fact]
    public async Task Import_PaddingThatChangesTheSamplesAnswer_IsRefused()
    {
        const string Plain = """{"inputs":[{"name":"x","shape":[1,2,3],"datatype":"FP32","data":[1,2,3,4,5,9]}]}""";
        var harmful = await Import("unmasked", "unmasked.onnx", Plain, "--pad", "length");
        var unknown = await Import("unmasked", "unmasked.onnx", Plain, "--pad", "width");

        Assert.Contains("padding-harmful", harmful.Output + harmful.Error, StringComparison.Ordinal);
        Assert.Contains("padding-invalid", unknown.Output + unknown.Error, StringComparison.Ordinal);
        (await factory.Http.Get("/v1/models/unmasked", TestContext.Current.CancellationToken)).ExpectProblem(System.Net.HttpStatusCode.NotFound);
    }

    private async Task<CommandResult> Import(string model, string file, string sample, params string[] pad)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Repository.Root, "tests/AiFactory.Engines.Tests/Onnx/Models", file), Path.Combine(folder.FullName, "model.onnx"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "sample.json"), sample, cancellation);
        return await FactoryCommand.Run(folder.FullName, cancellation,
            ["model", "import", model, "model.onnx", "--warmup", "sample.json", .. pad, "--json", "--data", factory.Process.DataFolder]);
    }
}
