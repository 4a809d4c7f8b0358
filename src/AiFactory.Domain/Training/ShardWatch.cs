using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Training;

/// <summary>What was seen of one rank's worker.</summary>
public enum ShardSight
{
    /// <summary>At work on the attempt.</summary>
    AtWork,

    /// <summary>The worker answers and has no such shard: finished, or lost by a restart.</summary>
    Absent,

    /// <summary>The worker does not answer.</summary>
    Silent,

    /// <summary>The worker left the pool: drained, removed, or its device or silo is gone.</summary>
    Withdrawn,
}

/// <summary>Judges whether an attempt can still end well.</summary>
public static class ShardWatch
{
    /// <summary>How long other ranks may be absent while rank 0 is at work without a word: it may be writing up, or waiting for them in vain.</summary>
    public static readonly TimeSpan AbsenceMax = TimeSpan.FromSeconds(60);

    /// <param name="sights">By rank.</param>
    /// <param name="sinceReport">Time since the attempt began or its last epoch ended.</param>
    /// <returns>Why the attempt is lost; null when it may go on.</returns>
    public static Refusal? Judge(IReadOnlyList<WorkerKey> ring, IReadOnlyList<ShardSight> sights, TimeSpan sinceReport)
    {
        for (var rank = 0; rank < sights.Count; rank++)
        {
            if (sights[rank] == ShardSight.Silent)
                return Lost(ring[rank], "does not answer");
            if (sights[rank] == ShardSight.Withdrawn)
                return Lost(ring[rank], "left the pool");
            if (sights[rank] == ShardSight.Absent && (rank == 0 || sinceReport > AbsenceMax))
                return Lost(ring[rank], "no longer has its shard");
        }

        return null;
    }

    private static Refusal Lost(WorkerKey worker, string what) =>
        new("shard-lost", RefusalKind.Unavailable, $"Worker {worker} {what}.", worker.ToGrainKey(), "The run goes on from its last checkpoint by itself while workers remain.");
}
