using System.Text.Json;
using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Models;

/// <summary>Models of the user's own, by the command line, in all the forms that they come in.</summary>
[Collection(SharedFactoryGroup.Name)]
public sealed class RepositoryTests(SharedFactory factory)
{
    private const string Sample = """{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""";
    private static readonly float[] Weights = [1, 2, 3, 4, 5, 6];

    [Fact]
    public async Task Import_ModelWithDataFileAndSample_AnswersAndComesBackWhole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = Folder("net", Weights);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "sample.json"), Sample, cancellation);

        var version = (await Run(folder, 0, "model", "import", "linear", "net", "--warmup", "sample.json")).EnumerateArray().Single();

        Assert.Equal(["model.onnx", "w.data"], version.Items("files").Select(file => file.Text("path")));
        var findings = version.Member("qualityGate").Items("findings").Select(finding => finding.GetString()!).ToArray();
        Assert.Contains(findings, finding => finding.StartsWith("Warm-up ran on the sample given", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith("Not checked: quality", StringComparison.Ordinal));
        Assert.Equal("22 28", await Decide("linear", 1));

        await Run(folder, 0, "model", "export", "linear@1", "--out", "out");
        Assert.Equal(LinearOnnx.Data(Weights), await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "out", "w.data"), cancellation));
    }

    [Fact]
    public async Task Import_FolderOfVersionsAndFromStore_EachAnswersWithItsOwnWeights()
    {
        using var folder = Folder("repo/1", Weights);
        Write(folder.FullName, "repo/2", [.. Weights.Select(weight => -weight)]);
        Write(factory.Process.DataFolder, "objects/imports/default/stored", [.. Weights.Select(weight => weight * 2)]);

        Assert.Equal(2, (await Run(folder, 0, "model", "import", "several", "repo")).GetArrayLength());
        Assert.Equal(3, (await Run(folder, 0, "model", "import", "several", "--from-store", "stored"))[0].Long("version"));

        Assert.Equal("22 28", await Decide("several", 1));
        Assert.Equal("-22 -28", await Decide("several", 2));
        Assert.Equal("44 56", await Decide("several", 3));
    }

    [Fact]
    public async Task Import_DataFileMissingOrWarmupFails_IsRefused()
    {
        using var folder = Folder("net", Weights);
        File.Delete(Path.Combine(folder.FullName, "net", "w.data"));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "whole.onnx"), LinearOnnx.Graph(Weights, external: null), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "sample.json"), """{"inputs":[]}""", TestContext.Current.CancellationToken);

        Assert.Contains("external-file-missing", await Refused(folder, "model", "import", "broken", "net"), StringComparison.Ordinal);
        Assert.Contains("external-file-missing", await Refused(folder, "model", "import", "broken", "net/model.onnx"), StringComparison.Ordinal);
        Assert.Contains("warmup-malformed", await Refused(folder, "model", "import", "broken", "whole.onnx", "--warmup", "sample.json"), StringComparison.Ordinal);
        (await factory.Http.Get("/v1/models/broken", TestContext.Current.CancellationToken)).ExpectProblem(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task LoadAndUnload_Version_ShowsInTheWorkersMemory()
    {
        using var folder = Folder("net", Weights);
        await Run(folder, 0, "model", "import", "resident", "net");

        await Run(folder, 0, "model", "load", "resident@1");
        var pinned = (await Run(folder, 0, "model", "list", "--loaded")).EnumerateArray().SelectMany(worker => worker.Items("models"))
            .Where(model => model.Text("model") == "default/resident/1").ToArray();
        Assert.NotEmpty(pinned);
        Assert.All(pinned, model => Assert.True(model.Member("pinned").GetBoolean() && model.Long("memoryBytes") > 0));
        var metrics = System.Text.Encoding.UTF8.GetString((await factory.Http.Get("/metrics", TestContext.Current.CancellationToken)).ExpectSuccess().Bytes);
        Assert.Contains("model=\"default/resident/1\"", metrics, StringComparison.Ordinal);

        var left = await Run(folder, 0, "model", "unload", "resident@1");
        Assert.DoesNotContain(left.EnumerateArray().SelectMany(worker => worker.Items("models")), model => model.Text("model") == "default/resident/1");
        Assert.Equal("22 28", await Decide("resident", 1));
    }

    private static TemporaryFolder Folder(string name, float[] weights)
    {
        var folder = new TemporaryFolder();
        Write(folder.FullName, name, weights);
        return folder;
    }

    private static void Write(string root, string name, float[] weights)
    {
        var path = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        File.WriteAllBytes(Path.Combine(path, "model.onnx"), LinearOnnx.Graph(weights, "w.data"));
        File.WriteAllBytes(Path.Combine(path, "w.data"), LinearOnnx.Data(weights));
    }

    private async Task<JsonElement> Run(TemporaryFolder folder, int exitCode, params string[] arguments) =>
        (await FactoryCommand.Run(folder.FullName, TestContext.Current.CancellationToken, [.. arguments, "--json", "--data", factory.Process.DataFolder])).Expect(exitCode).Json;

    private async Task<string> Refused(TemporaryFolder folder, params string[] arguments)
    {
        var result = await FactoryCommand.Run(folder.FullName, TestContext.Current.CancellationToken, [.. arguments, "--json", "--data", factory.Process.DataFolder]);
        Assert.NotEqual(0, result.ExitCode);
        return result.Output + result.Error;
    }

    private async Task<string> Decide(string model, int version)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await factory.Http.Deploy(model, new { variants = new[] { FactoryVerbs.VariantOf("only", model, version, 100) } }, cancellation);
        var answer = (await factory.Http.PostText($"/v2/models/{model}/infer", Sample, cancellation)).ExpectSuccess().Json;
        return string.Join(' ', answer.Items("outputs").Single().Items("data").Select(value => value.GetRawText()));
    }
}
