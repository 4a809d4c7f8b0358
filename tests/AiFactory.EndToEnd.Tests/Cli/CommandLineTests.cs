using System.Text;
using AiFactory.EndToEnd.Tests.BadInput;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Cli;

[Collection(SharedFactoryGroup.Name)]
public sealed class CommandLineTests(SharedFactory factory)
{
    [Fact]
    public async Task Doctor_HealthyFactory_FindsEveryNativeLibrary()
    {
        var result = (await Factory("doctor")).Expect(0);
        foreach (var component in new[] { "onnx", "torch", "lightgbm" })
        {
            Assert.Contains(component, result.Output, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Status_Json_IsTheFactorysOwn()
    {
        var status = (await Factory("status", "--json")).Expect(0).Json;
        Assert.Contains($"{factory.Process.ProcessId}", status.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("train")]
    [InlineData("dataset", "ingest")]
    [InlineData("endpoint", "deploy", "x")]
    [InlineData("status", "--no-such-option")]
    public async Task AnyCommand_WrongUsage_ExitsWith2(params string[] arguments)
    {
        var result = (await Factory(arguments)).Expect(2);
        Assert.NotEmpty(result.Error + result.Output);
    }

    [Fact]
    public async Task AnyCommand_NoFactoryThere_ExitsWith3()
    {
        using var folder = new TemporaryFolder();
        var result = await FactoryCommand.Run(folder.FullName, TestContext.Current.CancellationToken, "model", "list", "--data", folder.FullName);
        result.Expect(3);
        Assert.NotEmpty(result.Error);
    }

    [Fact]
    public async Task AnyCommand_UnknownThing_ExitsWith1AndSaysWhat()
    {
        var result = await Factory("model", "show", "nothing");
        result.Expect(1);
        Assert.Contains("nothing", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatasetInfer_AFile_WritesAContractThatIngestTakes()
    {
        using var folder = new TemporaryFolder();
        var csv = folder.File("people.csv");
        await File.WriteAllBytesAsync(csv, Customers.Csv(Customers.Make(200, seed: 41)), TestContext.Current.CancellationToken);
        var inferred = (await Factory("dataset", "infer", csv)).Expect(0);
        Assert.Contains("kind: DataContract", inferred.Output, StringComparison.Ordinal);
        Assert.Contains("customer_id", inferred.Output, StringComparison.Ordinal);

        var contract = folder.File("contract.yaml");
        await File.WriteAllTextAsync(contract, inferred.Output, Encoding.UTF8, TestContext.Current.CancellationToken);
        (await Factory("dataset", "ingest", "people", csv, "--contract", contract)).Expect(0);
        var dataset = (await factory.Http.Get("/v1/datasets/people/versions/latest", TestContext.Current.CancellationToken)).ExpectSuccess().Json;
        Assert.Equal((200, 0), (dataset.Long("rows"), dataset.Long("quarantinedRows")));
    }

    [Fact]
    public async Task DatasetIngest_MissingFile_SaysSo()
    {
        var result = await Factory("dataset", "ingest", "people", "/no/such/file.csv");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/no/such/file.csv", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dataset", "show", "customers")]
    [InlineData("dataset", "versions", "customers")]
    [InlineData("dataset", "quarantine", "customers")]
    [InlineData("model", "list")]
    [InlineData("model", "show", "leavers")]
    [InlineData("endpoint", "show", "leavers")]
    [InlineData("experiment", "show", "leavers")]
    [InlineData("cost", "statement")]
    [InlineData("cost", "reconcile")]
    public async Task ReadingCommand_Json_IsJson(params string[] arguments)
    {
        var json = (await Factory([.. arguments, "--json"])).Expect(0).Json;
        Assert.NotEqual("null", json.GetRawText());
    }

    [Fact]
    public async Task DecideExplainAndReport_RowsOfAFile_GoTheWholeWay()
    {
        using var folder = new TemporaryFolder();
        var cancellation = TestContext.Current.CancellationToken;
        var people = Customers.Make(20, seed: 42);
        var rows = folder.File("rows.csv");
        await File.WriteAllBytesAsync(rows, Customers.Csv(people), cancellation);
        var decided = (await Factory("decide", "leavers", "--file", rows, "--key", "customer_id", "--json")).Expect(0);
        var decisions = decided.Json.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. decided.Json.EnumerateArray()] : decided.Json.Items("decisions");
        Assert.Equal(people.Count, decisions.Length);

        var outcomes = folder.File("outcomes.csv");
        var lines = decisions.Zip(people).Select(pair => $"{pair.First.Text("decisionId")},{pair.Second.Churn}");
        await File.WriteAllLinesAsync(outcomes, lines.Prepend("decision_id,label"), cancellation);
        (await Factory("outcome", "report", "leavers", "--file", outcomes)).Expect(0);
        var explained = (await Factory("decision", "explain", decisions[0].Text("decisionId"), "--json")).Expect(0).Json;
        Assert.Equal(people[0].Churn, explained.Member("outcome").Text("label"));
    }

    private Task<CommandResult> Factory(params string[] arguments) =>
        FactoryCommand.Run(factory.Process.DataFolder, TestContext.Current.CancellationToken, [.. arguments, "--data", factory.Process.DataFolder]);
}
