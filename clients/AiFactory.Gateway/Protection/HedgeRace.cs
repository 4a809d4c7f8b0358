using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Protection;

/// <summary>
/// The same rows on their way to one replica or two: the first answer counts and the other sending is cancelled. Each sending has rows of its own, so that
/// the one that loses may end when it likes.
/// </summary>
internal sealed class HedgeRace(PendingInference rows) : IDisposable
{
    private readonly TaskCompletionSource<InferenceEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(rows.Cancellation);
    private readonly Lock _gate = new();
    private int _running;
    private bool _decided;

    public Task<InferenceEnd> Ended => _ended.Task;

    /// <summary>Signals that the race is decided, or the caller gone.</summary>
    public CancellationToken Over => _over.Token;

    public void Start(Lane lane)
    {
        lock (_gate)
        {
            if (_decided)
            {
                return;
            }

            _running++;
        }

        var copy = PendingInference.Rent();
        rows.Input.Span.CopyTo(copy.Input.Append(rows.Input.Length));
        (copy.Rows, copy.Priority, copy.DeadlineAt, copy.ObjectiveMicroseconds, copy.Cancellation) =
            (rows.Rows, rows.Priority, rows.DeadlineAt, rows.ObjectiveMicroseconds, _over.Token);
        _ = Run(copy, lane);
    }

    public void Dispose() => _over.Dispose();

    private async Task Run(PendingInference copy, Lane lane)
    {
        var end = await lane.Infer(copy).ConfigureAwait(false);
        bool won;
        lock (_gate)
        {
            _running--;
            won = !_decided && (end == InferenceEnd.Done || _running == 0);
            _decided |= won;
        }

        if (won)
        {
            rows.TakeFrom(copy);
            // Cancelled before the caller goes on: what it returns to the pool, nobody looks at any more.
            await _over.CancelAsync().ConfigureAwait(false);
            _ended.SetResult(end);
        }

        copy.Return();
    }
}
