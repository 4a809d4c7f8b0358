using System.Text.Json;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Crashes;

public sealed class TrainingCrashTests
{
    private const int Epochs = 40;

    [Fact]
    public async Task Training_KilledBetweenEpochs_ResumesToTheSameBytes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        string run;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            await factory.Http.Ingest("customers", Customers.Csv(Customers.Make(2_000, seed: 5)), cancellation, Customers.Contract);
            var accepted = await factory.Http.Post("/v1/training-runs", Spec("disturbed"), cancellation, idempotencyKey: "disturbed-run");
            run = accepted.Expect(System.Net.HttpStatusCode.Accepted).Json.Text("id");
            var state = await InCourse(factory.Http, run, cancellation);
            Assert.InRange(state.Long("checkpointEpoch"), 2, Epochs - 5);
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            // Only the model is asked for: the run has to go on by itself, not because somebody looks at it.
            var model = await Until.Found("model of the resumed run", async () =>
            {
                var answer = await factory.Http.Get("/v1/models/disturbed/versions/1", cancellation);
                return answer.Status == System.Net.HttpStatusCode.OK ? answer : null;
            }, cancellation, 120);
            var resumed = await factory.Http.EndedRun(run, cancellation);
            Assert.Equal("completed", resumed.Text("status"));
            Assert.True(resumed.Long("attempt") >= 2, resumed.GetRawText());
            Assert.Equal(Enumerable.Range(1, Epochs).Select(epoch => (long)epoch), resumed.Items("epochs").Select(epoch => epoch.Long("epoch")));

            var undisturbed = await factory.Http.Train(Spec("undisturbed"), cancellation);
            var reference = (await factory.Http.Get("/v1/models/undisturbed/versions/1", cancellation)).ExpectSuccess().Json;
            Assert.Equal(1, undisturbed.Long("attempt"));
            Assert.Equal(reference.Text("artifactSha256"), model.Json.Text("artifactSha256"));
            Assert.Equal(Losses(undisturbed), Losses(resumed));
            Assert.Equal(undisturbed.Member("evaluation").GetRawText(), resumed.Member("evaluation").GetRawText());

            var again = await factory.Http.Post("/v1/training-runs", Spec("disturbed"), cancellation, idempotencyKey: "disturbed-run");
            Assert.Equal(run, again.ExpectSuccess().Json.Text("id"));
            Assert.Single((await factory.Http.Get("/v1/models/disturbed", cancellation)).ExpectSuccess().Json.Items("versions"));
        }
    }

    private static object Spec(string model) => FactoryVerbs.SpecOf(model, "customers", "mlp", Epochs, shards: 2, seed: 42);

    private static double[] Losses(JsonElement run) => [.. run.Items("epochs").Select(epoch => epoch.Number("trainLoss"))];

    private static async Task<JsonElement> InCourse(FactoryHttp http, string run, CancellationToken cancellation)
    {
        var answer = await Until.Found("two epochs with checkpoints", async () =>
        {
            var state = (await http.Get($"/v1/training-runs/{run}", cancellation)).ExpectSuccess();
            return state.Json.Long("checkpointEpoch") >= 2 ? state : null;
        }, cancellation);
        return answer.Json;
    }
}
