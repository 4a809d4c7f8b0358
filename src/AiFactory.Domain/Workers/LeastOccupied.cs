namespace AiFactory.Domain.Workers;

/// <summary>Picks workers: the least occupied first, then in key order, so that the same pool gives the same choice.</summary>
public static class LeastOccupied
{
    public static IReadOnlyList<WorkerKey> Choose(IEnumerable<WorkerStatus> workers, int count) =>
        [.. workers.OrderBy(worker => worker.TrainingRuns.Count).ThenBy(worker => worker.Key.ToGrainKey(), StringComparer.Ordinal).Take(count).Select(worker => worker.Key)];
}
