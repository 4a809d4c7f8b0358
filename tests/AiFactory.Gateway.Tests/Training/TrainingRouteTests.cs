using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Training;
using AiFactory.Lakehouse.Datasets;

namespace AiFactory.Gateway.Training;

public sealed class TrainingRouteTests
{
    private const string Spec = """{"model":"churn-mlp","dataset":{"tenant":"other","dataset":"churn","version":0},"label":"churn","trainer":"mlp"}""";

    [Fact]
    public async Task Start_WithIdempotencyKey_IsTheRunsId()
    {
        await using var host = await GatewayHost.Start();

        var answer = await host.Post("/v1/training-runs", Spec, headers: ("Idempotency-Key", "my-run"));

        Assert.Equal((202, "/v1/training-runs/my-run"), (answer.Status, answer.Location));
        Assert.Equal(new DatasetVersionKey("default", "churn", 0), ((FakeTrainingRun)host.Grains.GetGrain<ITrainingRunGrain>("default/my-run")).Run!.Spec.Dataset);
        Assert.Equal("pending", (await host.Get("/v1/training-runs/my-run")).Json.GetProperty("status").GetString());
        Assert.Equal("cancelled", (await host.Send(HttpMethod.Post, "/v1/training-runs/my-run/cancel", null)).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Start_WithoutKey_GetsANewId()
    {
        await using var host = await GatewayHost.Start();

        var ids = new[] { await host.Post("/v1/training-runs", Spec), await host.Post("/v1/training-runs", Spec) }.Select(answer => answer.Json.GetProperty("id").GetString()).ToArray();

        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal("[]", (await host.Get("/v1/training-runs")).Text);
    }

    [Theory]
    [InlineData("{}", 400, "field-missing")]
    [InlineData("""{"model":"m","label":"l","trainer":"mlp"}""", 400, "field-missing")]
    [InlineData("""{"model":"m","label":"l","trainer":"mlp","dataset":{"dataset":"A b"}}""", 400, "name-invalid")]
    [InlineData("null", 400, "json-malformed")]
    [InlineData("{\n\"seed\":\"x\"}", 400, "json-malformed")]
    public async Task Start_BadSpec_IsRefused(string body, int status, string code)
    {
        await using var host = await GatewayHost.Start();

        (await host.Post("/v1/training-runs", body)).Problem(status, code);
    }

    [Fact]
    public async Task Start_BadIdempotencyKey_Is400()
    {
        await using var host = await GatewayHost.Start();

        (await host.Post("/v1/training-runs", Spec, headers: ("Idempotency-Key", "No Good"))).Problem(400, "idempotency-key-invalid");
    }

    [Fact]
    public async Task Holdout_CompletedRun_GivesItsRowsAsCsv()
    {
        await using var host = await GatewayHost.Start();
        ((FakeTrainingRun)host.Grains.GetGrain<ITrainingRunGrain>("default/r1")).Run = new(
            "r1", new("m", new("default", "churn", 2), "churn", "mlp", Seed: 3, HoldoutFraction: 0.5), TrainingStatus.Completed, DateTimeOffset.UnixEpoch, 1, 0, [], []);
        ((FakeDataset)host.Grains.GetGrain<IDatasetGrain>("default/churn")).Version = FakeDataset.VersionOf("churn", 2, 4);
        host.Tables.Columns =
        [
            new TextColumn("id", ColumnType.String, ["a,b", "say \"x\"", null, "line\nbreak"]),
            new NumberColumn("visits", ColumnType.Integer, [1, double.NaN, 123456789012, -4]),
            new NumberColumn("spend", ColumnType.Number, [0.1, 2, double.NaN, 1e-7]),
        ];
        string[] lines = ["\"a,b\",1,0.1", "\"say \"\"x\"\"\",,2", ",123456789012,", "\"line\nbreak\",-4,1E-07"];

        var answer = await host.Get("/v1/training-runs/r1/holdout");

        Assert.Equal((200, "text/csv; charset=utf-8"), (answer.Status, answer.ContentType));
        Assert.Equal($"id,visits,spend\n{string.Concat(HoldoutSplit.Draw(4, 0.5, 3).HoldoutRows.Select(row => $"{lines[row]}\n"))}", answer.Text);
    }

    [Fact]
    public async Task Get_UnknownRun_Is404()
    {
        await using var host = await GatewayHost.Start();

        (await host.Get("/v1/training-runs/nope")).Problem(404, "training-run-not-found");
        (await host.Get("/v1/training-runs/nope/holdout")).Problem(404, "training-run-not-found");
    }
}
