using AiFactory.Client.Transport;
using AiFactory.Domain.Training;

namespace AiFactory.Client.Training;

/// <summary>Training runs.</summary>
public sealed class TrainingRunClient
{
    /// <summary>How often <see cref="WaitForTraining"/> asks, by default.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly FactoryTransport transport;
    private readonly TimeProvider time;

    internal TrainingRunClient(FactoryTransport transport, TimeProvider time)
    {
        this.transport = transport;
        this.time = time;
    }

    /// <summary>Starts a run; a dataset version of 0 means the latest.</summary>
    /// <param name="idempotencyKey">Becomes the run's id, so that the same key twice is one run; null: a fresh one.</param>
    public Task<TrainingRun> Start(TrainingSpec spec, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        transport.Post<TrainingRun>("v1/training-runs", spec, cancellation, idempotencyKey);

    /// <summary>Ids of all runs.</summary>
    public Task<IReadOnlyList<string>> List(CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<string>>("v1/training-runs", cancellation);

    public Task<TrainingRun> Get(string runId, CancellationToken cancellation = default) =>
        transport.Get<TrainingRun>($"v1/training-runs/{Call.Escape(runId)}", cancellation);

    /// <summary>Stops a run that is not over; one that is stays as it ended.</summary>
    public Task<TrainingRun> Cancel(string runId, CancellationToken cancellation = default) =>
        transport.Post<TrainingRun>($"v1/training-runs/{Call.Escape(runId)}/cancel", null, cancellation);

    /// <summary>The rows the run never trained on, as CSV with key and label, in row order; dispose of the stream.</summary>
    public async Task<Stream> Holdout(string runId, CancellationToken cancellation = default)
    {
        var response = await transport
            .Open(new Call(HttpMethod.Get, $"v1/training-runs/{Call.Escape(runId)}/holdout") { Accept = "text/csv" }, cancellation).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks until the run has ended, well or not, and gives it back as it then stands.</summary>
    /// <param name="progress">Told each time it is asked; the run carries the metrics of its epochs so far.</param>
    /// <param name="every">Time between questions; null: <see cref="PollInterval"/>.</param>
    public async Task<TrainingRun> WaitForTraining(
        string runId, IProgress<TrainingRun>? progress = null, TimeSpan? every = null, CancellationToken cancellation = default)
    {
        while (true)
        {
            var run = await Get(runId, cancellation).ConfigureAwait(false);
            progress?.Report(run);
            if (run.Status is TrainingStatus.Completed or TrainingStatus.Failed or TrainingStatus.Cancelled)
            {
                return run;
            }

            await Task.Delay(every ?? PollInterval, time, cancellation).ConfigureAwait(false);
        }
    }
}
