using AiFactory.Benchmarks.Ingest;
using AiFactory.Benchmarks.Processes;
using AiFactory.Client;
using AiFactory.Client.Datasets;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Training;

namespace AiFactory.Benchmarks.Serving.Training;

/// <summary>Training on a factory that serves: one run after the other, each ended when enough of it was seen.</summary>
internal sealed class TrainingCourse : IDisposable
{
    private const string Dataset = "churn";
    private const int Rows = 20_000, BatchRows = 64, EpochsMax = 10_000;
    private const double HoldoutFraction = 0.2;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private readonly FactoryClient _client;

    private TrainingCourse(FactoryClient client) => _client = client;

    /// <summary>Of an epoch.</summary>
    public static int Steps { get; } = (int)Math.Ceiling(Rows * (1 - HoldoutFraction) / BatchRows);

    public static async Task<TrainingCourse> Prepare(Product product, string folder, CancellationToken cancellation)
    {
        var csv = Path.Combine(folder, "churn.csv");
        ChurnCsv.Write(csv, Rows);
        var course = new TrainingCourse(FactoryClient.Connect(product.Url, product.ApiKey));
        var ingestion = await course._client.Datasets.Ingest(Dataset, DatasetUpload.FromFile(csv), cancellation);
        ingestion = await course._client.Datasets.WaitForIngestion(Dataset, ingestion.Id, cancellation: cancellation);
        return ingestion.Status == IngestionStatus.Published ? course : throw new InvalidOperationException($"The training data were not published: {ingestion.Refusal}");
    }

    /// <summary>Starts a run on one worker and returns its id once its first epoch is over.</summary>
    public async Task<string> Start(CancellationToken cancellation)
    {
        var hyperparameters = new Dictionary<string, double> { ["batch-size"] = BatchRows, ["hidden-1"] = 256, ["hidden-2"] = 128 };
        var run = await _client.TrainingRuns.Start(
            new("leavers", new(Tenant.Default, Dataset, 0), "churn", "mlp", Shards: 1, Epochs: EpochsMax, HoldoutFraction: HoldoutFraction, Hyperparameters: hyperparameters), cancellation: cancellation);
        while (run.Epochs.Count == 0)
        {
            await Pacing.Wait(Look, cancellation);
            run = await Running(run.Id, cancellation);
        }

        return run.Id;
    }

    /// <summary>Epochs that are over.</summary>
    public async Task<IReadOnlyList<EpochMetrics>> Epochs(string run, CancellationToken cancellation) => (await Running(run, cancellation)).Epochs;

    /// <summary>Ends a run, and returns when it is gone from its worker.</summary>
    public async Task Stop(string run, CancellationToken cancellation)
    {
        await _client.TrainingRuns.Cancel(run, cancellation);
        while ((await _client.Status.Get(cancellation)).Workers.Any(worker => worker.TrainingRuns.Count > 0))
        {
            await Pacing.Wait(Look, cancellation);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<TrainingRun> Running(string run, CancellationToken cancellation) => await _client.TrainingRuns.Get(run, cancellation) switch
    {
        { Status: TrainingStatus.Pending or TrainingStatus.Running } going => going,
        var ended => throw new InvalidOperationException($"Training ended as {ended.Status}: {ended.Refusal}"),
    };
}
