using System.Net;
using System.Text;
using AiFactory.Client;
using AiFactory.Client.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Domain.Training;
using Microsoft.Extensions.Time.Testing;

namespace AiFactory.Cli.Tests.Client;

public sealed class FactoryClientTests
{
    private static readonly TrainingSpec Spec = new("m", new("default", "d", 0), "y", "mlp");

    [Theory]
    [InlineData(400, RefusalKind.Malformed)]
    [InlineData(401, RefusalKind.Unauthenticated)]
    [InlineData(404, RefusalKind.NotFound)]
    [InlineData(409, RefusalKind.Conflict)]
    [InlineData(413, RefusalKind.TooLarge)]
    [InlineData(422, RefusalKind.Unprocessable)]
    [InlineData(429, RefusalKind.Throttled)]
    [InlineData(500, RefusalKind.Fault)]
    [InlineData(504, RefusalKind.Timeout)]
    [InlineData(507, RefusalKind.StorageFull)]
    public async Task AnyCall_Problem_IsARefusalOfItsKind(int status, RefusalKind kind)
    {
        using var factory = new Stub((_, _) => Answer(status, """{"title":"T","detail":"What.","code":"some-code","where":"W","mend":"M"}""", "application/problem+json"));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => factory.Client.Models.Get("m", TestContext.Current.CancellationToken));
        Assert.Equal(new Refusal("some-code", kind, "What.", "W", "M"), refused.Refusal);
    }

    [Fact]
    public async Task AnyCall_AnswerWithoutProblem_IsQuoted()
    {
        using var factory = new Stub((_, _) => Answer(502, "<html>bad gateway</html>", "text/html"));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => factory.Eventually(factory.Client.Cost.Statement(TestContext.Current.CancellationToken)));
        Assert.Equal(("http-502", RefusalKind.Unavailable), (refused.Refusal.Code, refused.Refusal.Kind));
        Assert.Contains("bad gateway", refused.Refusal.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyCall_AnswerThatIsNoJson_IsRefusedAsUnintelligible()
    {
        using var factory = new Stub((_, _) => Answer(200, "<html>", "text/html"));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => factory.Client.Status.Get(TestContext.Current.CancellationToken));
        Assert.Equal("answer-unintelligible", refused.Refusal.Code);
    }

    [Fact]
    public async Task AnyCall_NobodyThere_IsUnreachable()
    {
        using var factory = new Stub((_, _) => throw new HttpRequestException("Connection refused"));
        var fault = await Assert.ThrowsAsync<FactoryUnreachableException>(() => factory.Client.Status.Get(TestContext.Current.CancellationToken));
        Assert.Contains("http://factory.test", fault.Message, StringComparison.Ordinal);
        Assert.False(await factory.Client.Status.IsReady(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Start_UnavailableAtFirst_IsRepeatedUnderOneKey()
    {
        using var factory = new Stub((_, attempt) => attempt < 3 ? Answer(503, "{}") : Json(Run(TrainingStatus.Pending)));
        var run = await factory.Eventually(factory.Client.TrainingRuns.Start(Spec, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("r", run.Id);
        Assert.Equal(3, factory.Requests.Count);
        Assert.Single(factory.Requests.Select(request => request.Key).Distinct());
        Assert.NotNull(factory.Requests[0].Key);
        Assert.Single(factory.Requests.Select(request => request.Body).Distinct());
    }

    [Fact]
    public async Task Start_UnavailableForever_IsRefusedInTheEnd()
    {
        using var factory = new Stub((_, _) => Answer(503, """{"detail":"Not now.","code":"unavailable"}"""));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => factory.Eventually(factory.Client.TrainingRuns.Start(Spec, cancellation: TestContext.Current.CancellationToken)));
        Assert.Equal(RefusalKind.Unavailable, refused.Refusal.Kind);
        Assert.Equal(6, factory.Requests.Count);
    }

    [Fact]
    public async Task Ingest_WithContract_SendsTheContractBeforeTheFile()
    {
        using var factory = new Stub((_, _) => Answer(409, "{}"));
        var upload = new DatasetUpload("a b.csv", () => new MemoryStream("x\n1\n"u8.ToArray()), "kind: DataContract");
        await Assert.ThrowsAsync<RefusedException>(() => factory.Client.Datasets.Ingest("d", upload, TestContext.Current.CancellationToken));
        var sent = Assert.Single(factory.Requests);
        Assert.Equal("/v1/datasets/d/ingestions?fileName=a%20b.csv", sent.Path);
        Assert.InRange(sent.Body.IndexOf("kind: DataContract", StringComparison.Ordinal), 0, sent.Body.IndexOf("x\n1\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Import_WithPadding_SendsAxisValuesAndSizes()
    {
        using var factory = new Stub((_, _) => Answer(409, "{}"));
        var padding = new RowPadding("tokens", 0, new Dictionary<string, double> { ["ids"] = 1 }, [32, 64]);
        await Assert.ThrowsAsync<RefusedException>(() => factory.Client.Models.Import("m", () => new MemoryStream([1]), "m.onnx", "h=hn", padding, TestContext.Current.CancellationToken));
        Assert.Equal("/v1/models/m/versions?fileName=m.onnx&sequence=h%3Dhn&pad=tokens%3D0%2Cids%3D1&bucket=32,64", Assert.Single(factory.Requests).Path);
    }

    [Fact]
    public async Task WaitForTraining_RunThatEnds_ReportsEachStateAndGivesTheLast()
    {
        using var factory = new Stub((_, attempt) => Json(Run(attempt < 3 ? TrainingStatus.Running : TrainingStatus.Completed)));
        var seen = new Seen();
        var run = await factory.Eventually(factory.Client.TrainingRuns.WaitForTraining("r", seen, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(TrainingStatus.Completed, run.Status);
        Assert.Equal([TrainingStatus.Running, TrainingStatus.Running, TrainingStatus.Completed], seen.Statuses);
    }

    private static TrainingRun Run(TrainingStatus status) => new("r", Spec, status, DateTimeOffset.UnixEpoch, 1, 0, [], []);

    private static HttpResponseMessage Json(TrainingRun run) => Answer(200, System.Text.Json.JsonSerializer.Serialize(run, FactoryJson.Options));

    private static HttpResponseMessage Answer(int status, string body, string type = "application/json") =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };

    private sealed class Seen : IProgress<TrainingRun>
    {
        public List<TrainingStatus> Statuses { get; } = [];

        public void Report(TrainingRun value) => Statuses.Add(value.Status);
    }

    /// <summary>A factory that answers as told, and a clock that is moved on while somebody waits on it.</summary>
    private sealed class Stub : HttpMessageHandler
    {
        private readonly Func<HttpRequestMessage, int, HttpResponseMessage> answer;
        private readonly FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.Zero };
        private readonly HttpClient http;

        public Stub(Func<HttpRequestMessage, int, HttpResponseMessage> answer)
        {
            this.answer = answer;
            http = new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://factory.test/") };
            Client = new FactoryClient(http, time);
        }

        public FactoryClient Client { get; }

        public List<(string Path, string? Key, string Body)> Requests { get; } = [];

        public async Task<T> Eventually<T>(Task<T> call)
        {
            while (!call.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            return await call;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var key = request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null;
            Requests.Add((request.RequestUri!.PathAndQuery, key, request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken)));
            return answer(request, Requests.Count);
        }

        protected override void Dispose(bool disposing)
        {
            Client.Dispose();
            http.Dispose();
            base.Dispose(disposing);
        }
    }
}
