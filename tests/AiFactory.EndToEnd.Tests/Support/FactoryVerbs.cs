using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>What a user does over HTTP, step by step, each asserting that it went well.</summary>
internal static class FactoryVerbs
{
    public static Task<Answer> PostCsv(this FactoryHttp http, string dataset, byte[] csv, CancellationToken cancellation, string? contract = null)
    {
        var path = $"/v1/datasets/{dataset}/ingestions?fileName={dataset}.csv";
        if (contract is null)
        {
            return http.PostBytes(path, csv, "text/csv", cancellation);
        }

        var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(csv), "file", dataset + ".csv");
        form.Add(new StringContent(contract, Encoding.UTF8, "application/yaml"), "contract", "contract.yaml");
        return http.Send(HttpMethod.Post, path, form, cancellation);
    }

    /// <summary>Ingests and waits for the published version.</summary>
    public static async Task<JsonElement> Ingest(this FactoryHttp http, string dataset, byte[] csv, CancellationToken cancellation, string? contract = null)
    {
        var accepted = (await http.PostCsv(dataset, csv, cancellation, contract)).Expect(System.Net.HttpStatusCode.Accepted).Json;
        return await http.Published(dataset, accepted.Text("id"), cancellation);
    }

    public static async Task<JsonElement> Published(this FactoryHttp http, string dataset, string ingestionId, CancellationToken cancellation)
    {
        var ended = await http.EndedIngestion(dataset, ingestionId, cancellation);
        Assert.True(ended.Text("status") == "published", ended.GetRawText());
        return (await http.Get($"/v1/datasets/{dataset}/versions/{ended.Long("version")}", cancellation)).ExpectSuccess().Json;
    }

    /// <summary>Sends a file that must not become a version, and gives back why; the refusal may come at once or when the file has been read.</summary>
    public static async Task<Complaint> IngestInVain(this FactoryHttp http, string dataset, byte[] csv, CancellationToken cancellation, string? contract = null)
    {
        var answer = await http.PostCsv(dataset, csv, cancellation, contract);
        if ((int)answer.Status >= 400)
        {
            return answer.ExpectProblem(answer.Status);
        }

        var ended = await http.EndedIngestion(dataset, answer.Json.Text("id"), cancellation);
        Assert.True(ended.Text("status") == "refused", ended.GetRawText());
        return Complaint.Read(ended.Member("refusal"), "what");
    }

    /// <summary>Starts training, waits until it is completed, and gives back the run.</summary>
    public static async Task<JsonElement> Train(this FactoryHttp http, object spec, CancellationToken cancellation)
    {
        var run = (await http.Post("/v1/training-runs", spec, cancellation)).Expect(System.Net.HttpStatusCode.Accepted).Json;
        var ended = await http.EndedRun(run.Text("id"), cancellation);
        Assert.True(ended.Text("status") == "completed", ended.GetRawText());
        return ended;
    }

    public static async Task<JsonElement> EndedRun(this FactoryHttp http, string runId, CancellationToken cancellation)
    {
        var answer = await Until.Found($"training run {runId} ended", async () =>
        {
            var run = (await http.Get($"/v1/training-runs/{runId}", cancellation)).ExpectSuccess();
            return run.Json.Text("status") is "pending" or "running" ? null : run;
        }, cancellation, 120);
        return answer.Json;
    }

    public static async Task<JsonElement> Deploy(this FactoryHttp http, string endpoint, object spec, CancellationToken cancellation) =>
        (await http.Put($"/v1/endpoints/{endpoint}", spec, cancellation)).ExpectSuccess().Json;

    /// <summary>Decides for many rows of named fields, a hundred a request.</summary>
    public static async Task<List<JsonElement>> Decide(this FactoryHttp http, string endpoint, IReadOnlyList<object> rows, CancellationToken cancellation)
    {
        var decisions = new List<JsonElement>();
        foreach (var instances in rows.Chunk(100))
        {
            var answer = await http.Post($"/v1/endpoints/{endpoint}/decisions", new { instances }, cancellation);
            decisions.AddRange(answer.ExpectSuccess().Json.Items("decisions"));
        }

        Assert.Equal(rows.Count, decisions.Count);
        return decisions;
    }

    /// <summary>Waits until every decision in the log is in the ledger and the accounts agree to the picodollar.</summary>
    public static async Task<JsonElement> Reconciled(this FactoryHttp http, long decisionsMin, CancellationToken cancellation)
    {
        var last = "";
        try
        {
            var answer = await Until.Found("exact reconciliation", async () =>
            {
                var attempt = (await http.Get("/v1/cost/reconciliation", cancellation)).ExpectSuccess();
                last = attempt.Text;
                return attempt.Json.Flag("exact") && attempt.Json.Long("decisions") >= decisionsMin ? attempt : null;
            }, cancellation, 30);
            Assert.Equal(answer.Json.Picodollars("logDecisions"), answer.Json.Picodollars("ledgerDecisions"));
            Assert.Equal(answer.Json.Picodollars("deviceBill"), answer.Json.Picodollars("deviceCharged"));
            return answer.Json;
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} {last}", exception);
        }
    }

    public static object VariantOf(string name, string model, int version, double weight) =>
        new { name, model = new { tenant = "default", model, version }, weight };

    public static object SpecOf(string model, string dataset, string trainer, int epochs, int shards = 1, int seed = 7) => new
    {
        model,
        dataset = new { tenant = "default", dataset, version = 0 },
        label = "churn",
        trainer,
        positiveClass = "yes",
        shards,
        epochs,
        seed,
        holdoutFraction = 0.25,
    };

    private static async Task<JsonElement> EndedIngestion(this FactoryHttp http, string dataset, string ingestionId, CancellationToken cancellation)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/datasets/{dataset}/ingestions/{ingestionId}");
        var answer = await Until.Found($"ingestion {ingestionId} ended", async () =>
        {
            var ingestion = (await http.Get(path, cancellation)).ExpectSuccess();
            return ingestion.Json.Text("status") == "running" ? null : ingestion;
        }, cancellation, 120);
        return answer.Json;
    }
}
