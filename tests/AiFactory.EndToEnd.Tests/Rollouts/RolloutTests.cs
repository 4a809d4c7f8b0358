using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Rollouts;

public sealed class RolloutTests
{
    private const int Clients = 8;
    private const int Flips = 50;
    private static readonly object Asked = new { plan = "basic", international = "yes", minutes = 250.0, calls = 8, charge = 42.5 };

    [Fact]
    public async Task Promote_ManyFlipsUnderLoad_NoRequestFailsAndEachIsTheVariantsItClaims()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var factory = await FactoryProcess.Start(folder.FullName, cancellation);
        await Prepare(factory.Http, cancellation);
        await factory.Http.Deploy("flips", new { variants = new[] { FactoryVerbs.VariantOf("blue", "trees", 1, 100), FactoryVerbs.VariantOf("green", "trees", 2, 0) } }, cancellation);
        var scores = new Dictionary<string, double>();
        foreach (var variant in new[] { "green", "blue" })
        {
            await Promote(factory.Http, variant, cancellation);
            scores[variant] = await Score(factory.Http, variant, cancellation);
        }

        Assert.NotEqual(scores["blue"], scores["green"]);
        var answers = new ConcurrentBag<JsonElement>();
        using var flipped = new CancellationTokenSource();
        var load = Enumerable.Range(0, Clients).Select(_ => Task.Run(Client, cancellation)).ToArray();
        for (var flip = 0; flip < Flips; flip++)
        {
            var variant = flip % 2 == 0 ? "green" : "blue";
            await Promote(factory.Http, variant, cancellation);
            // Whoever is told that it is done finds it done.
            await Score(factory.Http, variant, cancellation);
        }

        await flipped.CancelAsync();
        await Task.WhenAll(load);

        Assert.All(answers, answer => Assert.Equal(scores[answer.Text("variant")], answer.Number("score")));
        Assert.All(answers, answer => Assert.Equal(answer.Text("variant") == "blue" ? "trees@1" : "trees@2", answer.Text("model")));
        var report = (await factory.Http.Get("/v1/endpoints/flips/experiment", cancellation)).ExpectSuccess().Json;
        var exposures = report.Items("variants").ToDictionary(variant => variant.Text("variant"), variant => variant.Long("exposures"));
        // Besides those of the load: one to learn each score, and one after each flip.
        Assert.All(scores.Keys, variant => Assert.Equal(answers.Count(answer => answer.Text("variant") == variant) + 1 + (Flips / 2), exposures[variant]));
        foreach (var answer in answers.Take(50))
        {
            var record = (await factory.Http.Get($"/v1/decisions/{answer.Text("decisionId")}", cancellation)).ExpectSuccess().Json;
            Assert.Equal(answer.Text("variant"), record.Text("variant"));
            Assert.Equal(answer.Text("prediction"), record.Text("prediction"));
        }

        async Task Client()
        {
            while (!flipped.IsCancellationRequested)
            {
                answers.Add((await factory.Http.Post("/v1/endpoints/flips/decisions", Asked, cancellation)).ExpectSuccess().Json);
            }
        }
    }

    [Fact]
    public async Task Stop_Endpoint_RefusesWithItsReasonUntilStarted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var factory = await FactoryProcess.Start(folder.FullName, cancellation);
        await Prepare(factory.Http, cancellation);
        await factory.Http.Deploy("killed", new { variants = new[] { FactoryVerbs.VariantOf("only", "trees", 1, 100) } }, cancellation);

        var stopped = (await FactoryCommand.Run(folder.FullName, cancellation, "endpoint", "stop", "killed", "--reason", "wrong prices", "--json", "--url", factory.Http.Url.ToString())).Expect(0).Json;
        Assert.Equal("wrong prices", stopped.Text("suspended"));
        (await Decide("killed")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "endpoint-stopped").ExpectMention("wrong prices");

        (await factory.Http.Post("/v1/endpoints/killed/start", new { }, cancellation)).ExpectSuccess();
        (await Decide("killed")).ExpectSuccess();

        Task<Answer> Decide(string endpoint) => factory.Http.Post($"/v1/endpoints/{endpoint}/decisions", Asked, cancellation);
    }

    [Fact]
    public async Task Rollout_FactoryKilledMidway_GoesOnToItsEnd()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await Prepare(factory.Http, cancellation);
            await factory.Http.Deploy("rolled", new { variants = new[] { FactoryVerbs.VariantOf("old", "trees", 1, 100) } }, cancellation);
            // Guarded by errors alone: latencies of a machine at its limit prove nothing.
            var spec = new
            {
                candidate = new { tenant = "default", model = "trees", version = 2 },
                variant = "new",
                steps = new[] { 30, 60, 100 },
                stepSeconds = 1,
                stepRequests = 30,
                guards = new[] { new { metric = "errorRate" } },
            };
            Assert.Equal("running", (await factory.Http.Post("/v1/endpoints/rolled/rollout", spec, cancellation)).ExpectSuccess().Json.Text("status"));
            await DriveUntil(factory.Http, rollout => rollout.Long("step") >= 1 || rollout.Text("status") != "running", cancellation);
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var ended = await DriveUntil(factory.Http, rollout => rollout.Text("status") != "running", cancellation);
            Assert.True(ended.Text("status") == "completed", ended.GetRawText());
            await Until.True("all units on the candidate", async () =>
                (await factory.Http.Get("/v1/endpoints/rolled", cancellation)).ExpectSuccess().Json.Member("spec").Items("variants").Single(variant => variant.Text("name") == "new").Number("weight") == 100,
                cancellation);
        }
    }

    private static async Task<JsonElement> DriveUntil(FactoryHttp http, Func<JsonElement, bool> satisfied, CancellationToken cancellation)
    {
        var rows = Enumerable.Repeat(Asked, 100).ToArray();
        var answer = await Until.Found("the rollout moved on", async () =>
        {
            await http.Decide("rolled", rows, cancellation);
            var rollout = (await http.Get("/v1/endpoints/rolled/rollout", cancellation)).ExpectSuccess();
            return satisfied(rollout.Json) ? rollout : null;
        }, cancellation, 120);
        return answer.Json;
    }

    private static async Task Prepare(FactoryHttp http, CancellationToken cancellation)
    {
        await http.Ingest("customers", Customers.Csv(Customers.Make(600, seed: 6)), cancellation, Customers.Contract);
        await http.Train(FactoryVerbs.SpecOf("trees", "customers", "lightgbm", epochs: 10), cancellation);
        await http.Train(FactoryVerbs.SpecOf("trees", "customers", "lightgbm", epochs: 30), cancellation);
    }

    private static async Task Promote(FactoryHttp http, string variant, CancellationToken cancellation) =>
        (await http.Post(string.Create(CultureInfo.InvariantCulture, $"/v1/endpoints/flips/variants/{variant}/promote"), new { }, cancellation)).ExpectSuccess();

    private static async Task<double> Score(FactoryHttp http, string variant, CancellationToken cancellation)
    {
        var answer = (await http.Post("/v1/endpoints/flips/decisions", Asked, cancellation)).ExpectSuccess().Json;
        Assert.Equal(variant, answer.Text("variant"));
        return answer.Number("score");
    }
}
