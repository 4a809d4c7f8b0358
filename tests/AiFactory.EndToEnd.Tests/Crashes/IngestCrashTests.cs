using System.Net;
using System.Text;
using AiFactory.EndToEnd.Tests.Support;

namespace AiFactory.EndToEnd.Tests.Crashes;

public sealed class IngestCrashTests
{
    private const int Rows = 400_000;

    [Fact]
    public async Task Ingest_KilledWhileRunning_IsPublishedOnceAfterRestart()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var csv = Customers.Csv(Customers.Make(Rows, seed: 3));
        string ingestion;
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var accepted = (await factory.Http.PostCsv("big", csv, cancellation, Customers.Contract)).Expect(HttpStatusCode.Accepted).Json;
            Assert.Equal("running", accepted.Text("status"));
            ingestion = accepted.Text("id");
            factory.Kill();
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            var version = await factory.Http.Published("big", ingestion, cancellation);
            Assert.Equal(Rows, version.Long("rows"));
            Assert.Equal(0, version.Long("quarantinedRows"));
            var again = (await factory.Http.PostCsv("big", csv, cancellation, Customers.Contract)).ExpectSuccess().Json;
            Assert.Equal(ingestion, again.Text("id"));
            var dataset = (await factory.Http.Get("/v1/datasets/big", cancellation)).ExpectSuccess().Json;
            Assert.Single(dataset.Items("versions"));
            Assert.Single(dataset.Items("ingestions"));
        }
    }

    [Fact]
    public async Task Upload_KilledBeforeItsEnd_LeavesNothingAndCanBeSentAgain()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var csv = Customers.Csv(Customers.Make(2_000, seed: 4));
        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            using var content = new UnfinishedContent(csv.AsMemory(0, csv.Length / 2));
            using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var upload = factory.Http.Send(HttpMethod.Post, "/v1/datasets/half/ingestions?fileName=half.csv", content, hangUp.Token);
            await content.HalfSent.WaitAsync(cancellation);
            factory.Kill();
            await hangUp.CancelAsync();
            var failure = await Record.ExceptionAsync(() => upload);
            Assert.True(failure is HttpRequestException or OperationCanceledException, failure?.ToString());
        }

        await using (var factory = await FactoryProcess.Start(folder.FullName, cancellation))
        {
            (await factory.Http.Get("/v1/datasets/half", cancellation)).ExpectProblem(HttpStatusCode.NotFound, "dataset-not-found");
            var version = await factory.Http.Ingest("half", csv, cancellation, Customers.Contract);
            Assert.Equal((1, 2_000), (version.Long("version"), version.Long("rows")));
        }
    }

    /// <summary>A body that stops half-way and never ends.</summary>
    private sealed class UnfinishedContent : HttpContent
    {
        private readonly ReadOnlyMemory<byte> _half;
        private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public UnfinishedContent(ReadOnlyMemory<byte> half)
        {
            _half = half;
            Headers.ContentType = new("text/csv") { CharSet = Encoding.UTF8.WebName };
        }

        public Task HalfSent => _sent.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(_half, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _sent.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
