using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Datasets;

/// <summary>An ingestion at work in this process.</summary>
internal sealed class RunningIngestion(string id) : IProgress<long>
{
    private long _rowsRead;

    public string Id => id;

    /// <summary>Set when the end could not be handed back, so that the ingestion has to run again.</summary>
    public bool Abandoned { get; set; }

    public long RowsRead => Interlocked.Read(ref _rowsRead);

    public void Report(long value) => Interlocked.Exchange(ref _rowsRead, value);
}

/// <summary>Runs ingestions outside grain turns, and hands each end back to the dataset's grain by a call.</summary>
internal sealed partial class IngestionWork(IDatasetTables tables, IObjectStore objects, ILogger<IngestionWork> logger)
{
    public void Start(
        DatasetKey dataset, KeptIngestion kept, DatasetVersion? previous, RunningIngestion progress, IIngestingDatasetGrain grain, CancellationToken cancellation) =>
        _ = Task.Run(() => Run(dataset, kept, previous, progress, grain, cancellation), CancellationToken.None);

    private async Task Run(
        DatasetKey dataset, KeptIngestion kept, DatasetVersion? previous, RunningIngestion progress, IIngestingDatasetGrain grain, CancellationToken cancellation)
    {
        DatasetVersion? version = null;
        Refusal? refusal = null;
        try
        {
            var contract = kept.Contract ?? Infer(dataset, kept.Ingestion.Source);
            // Freshness is judged by when the file was accepted, so that resuming later gives the same verdict.
            var plan = new IngestionPlan(dataset, kept.Ingestion.Id, kept.Ingestion.Source, contract, previous, kept.Ingestion.StartedAt);
            version = await tables.Ingest(plan, progress, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (RefusedException exception)
        {
            refusal = exception.Refusal;
        }
        catch (Exception exception)
        {
            LogFaulted(exception, dataset.ToGrainKey(), kept.Ingestion.Id);
            refusal = new Refusal("ingestion-failed", RefusalKind.Fault, $"The ingestion failed: {exception.Message}", kept.Ingestion.Id, "Ingest the file again; the log has the details.");
        }

        try
        {
            await grain.Ended(kept.Ingestion.Id, version, refusal);
        }
        catch (Exception exception)
        {
            // The ingestion is still kept as running: the next sweep resumes it, and it gives the same version.
            progress.Abandoned = true;
            LogNotHandedBack(exception, dataset.ToGrainKey(), kept.Ingestion.Id);
        }
    }

    private DataContract Infer(DatasetKey dataset, SourceFile source)
    {
        using var csv = objects.OpenRead(objects.ContentPath(source.Sha256));
        return tables.Infer(dataset.Dataset, csv);
    }

    [LoggerMessage(LogLevel.Error, "Dataset {Dataset}: ingestion {Ingestion} failed.")]
    private partial void LogFaulted(Exception exception, string dataset, string ingestion);

    [LoggerMessage(LogLevel.Warning, "Dataset {Dataset}: the end of ingestion {Ingestion} could not be handed back.")]
    private partial void LogNotHandedBack(Exception exception, string dataset, string ingestion);
}
