using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Shadows;

public sealed class ShadowTests
{
    private const int Asked = 300;

    [Fact]
    public async Task Shadow_DecisionsOverHttp_AreRecordedComparedMeteredAndOutliveTheFactory()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        JsonElement before;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var http = factory.Http;
            await Prepare(http, cancellation);
            var decisions = await http.Decide("shadowed", [.. Customers.Make(Asked, seed: 3).Select(customer => customer.Fields)], cancellation);
            Assert.All(decisions, decision => Assert.Equal(("given", "trees@1"), (decision.Text("variant"), decision.Text("model"))));

            before = await Compared(http, cancellation);
            Assert.Equal((Asked, 0L, 0L, Asked), (before.Member("figures").Long("mirrored"), before.Member("figures").Long("dropped"), before.Member("figures").Long("errors"), before.Member("figures").Long("rows")));
            Assert.Equal("label", before.Text("measure"));
            Assert.InRange(before.Number("agreement"), 0.01, 1);
            Assert.True(before.Number("meanDifference") > 0 && before.Number("meanLatency") > 0);
            await AssertRecorded(http, decisions[^1], cancellation);
            await AssertMetered(http, cancellation);

            var experiment = (await http.Get("/v1/endpoints/shadowed/experiment", cancellation)).ExpectSuccess().Json;
            Assert.Equal(("given", (long)Asked), Assert.Single(experiment.Items("variants")) is var only ? (only.Text("variant"), only.Long("exposures")) : default);
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            Assert.Equal(before.GetRawText(), (await Compared(factory.Http, cancellation)).GetRawText());
            await AssertMetered(factory.Http, cancellation);
            var promoted = (await factory.Http.Post("/v1/endpoints/shadowed/variants/next/promote", new { }, cancellation)).ExpectSuccess().Json;
            Assert.False(promoted.Member("spec").Has("shadows") && promoted.Member("spec").Items("shadows").Length > 0);
            Assert.Equal("next", (await factory.Http.Post("/v1/endpoints/shadowed/decisions", Customers.Make(1, seed: 9)[0].Fields, cancellation)).ExpectSuccess().Json.Text("variant"));
            Assert.NotEmpty((await factory.Http.Get("/v1/cost/statement", cancellation)).ExpectSuccess().Json.Items("lines"));
        }
    }

    private static async Task Prepare(FactoryHttp http, CancellationToken cancellation)
    {
        await http.Ingest("customers", Customers.Csv(Customers.Make(600, seed: 6)), cancellation, Customers.Contract);
        await http.Train(FactoryVerbs.SpecOf("trees", "customers", "lightgbm", epochs: 10), cancellation);
        await http.Train(FactoryVerbs.SpecOf("trees", "customers", "lightgbm", epochs: 30), cancellation);
        var variants = new[] { FactoryVerbs.VariantOf("given", "trees", 1, 100) };
        (await http.Put("/v1/endpoints/shadowed", new { variants, shadows = new[] { Shadow(1, 100) } }, cancellation)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "endpoint-invalid");
        (await http.Put("/v1/endpoints/shadowed", new { variants, shadows = new[] { Shadow(2, 0) } }, cancellation)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "endpoint-invalid");
        (await http.Put("/v1/endpoints/shadowed", new { variants, shadows = new[] { Shadow(9, 100) } }, cancellation)).ExpectProblem(HttpStatusCode.NotFound, "model-version-not-found");
        // Ample time: a machine at its limit is no fault of the shadow.
        await http.Deploy("shadowed", new { variants, keyField = "customer_id", serving = new { timeoutMs = 120_000 }, shadows = new[] { Shadow(2, 100) } }, cancellation);

        static object Shadow(int version, double percent) => new { name = "next", model = new { tenant = "default", model = "trees", version }, percent };
    }

    // The gateway tells what came of mirroring every second.
    private static async Task<JsonElement> Compared(FactoryHttp http, CancellationToken cancellation)
    {
        var answer = await Until.Found("all mirrored requests told", async () =>
        {
            var report = (await http.Get("/v1/endpoints/shadowed/shadows", cancellation)).ExpectSuccess();
            return report.Json.Items("shadows")[0].Items("compared") is [var one] && one.Member("figures").Long("mirrored") + one.Member("figures").Long("dropped") >= Asked ? report : null;
        }, cancellation);
        return answer.Json.Items("shadows")[0].Items("compared")[0];
    }

    private static async Task AssertRecorded(FactoryHttp http, JsonElement decision, CancellationToken cancellation)
    {
        var id = decision.Text("decisionId");
        var original = (await http.Get($"/v1/decisions/{id}", cancellation)).ExpectSuccess().Json;
        var shadow = (await http.Get($"/v1/decisions/{Assert.Single(original.Items("shadows")).GetString()}", cancellation)).ExpectSuccess().Json;

        Assert.Equal((id, "next", 2L), (shadow.Text("mirrors"), shadow.Text("variant"), shadow.Member("modelVersion").Long("version")));
        Assert.Equal((original.Text("requestId"), original.Member("features").GetRawText()), (shadow.Text("requestId"), shadow.Member("features").GetRawText()));
        Assert.Contains("nobody was answered", shadow.Text("variantReason"), StringComparison.Ordinal);
    }

    private static async Task AssertMetered(FactoryHttp http, CancellationToken cancellation)
    {
        var lines = (await http.Get("/v1/cost/statement", cancellation)).ExpectSuccess().Json.Items("lines").ToDictionary(line => line.Text("account"));
        Assert.Equal((Asked, Asked), (lines["endpoint/shadowed/variant/given"].Long("entries"), lines["endpoint/shadowed/shadow/next"].Long("entries")));
        Assert.True(lines["endpoint/shadowed/shadow/next"].Picodollars("balance") > 0);
        Assert.True((await http.Get("/v1/cost/reconciliation", cancellation)).ExpectSuccess().Json.Flag("exact"));
    }
}
