using AiFactory.Gateway.Inference;

namespace AiFactory.Gateway.Workers;

/// <summary>
/// Where a sequence is remembered: every gateway finds the same replica for it, and when replicas come or go only the sequences of those move
/// (rendezvous hashing, Thaler and Ravishankar 1998).
/// </summary>
internal static class SequencePlace
{
    /// <returns>Null when there is no replica.</returns>
    /// <exception cref="Domain.Refusals.RefusedException"><c>sequence-missing</c>.</exception>
    public static Lane? Choose(ReadOnlySpan<Lane> lanes, string sequence)
    {
        if (sequence.Length == 0)
        {
            throw SequenceRow.Missing();
        }

        var (best, weight) = ((Lane?)null, 0UL);
        foreach (var lane in lanes)
        {
            var own = Weight(sequence, lane.Worker);
            if (best is null || own > weight)
            {
                (best, weight) = (lane, own);
            }
        }

        return best;
    }

    // FNV-1a over both, and the finishing mix of SplitMix64, because FNV alone leaves ends alike.
    internal static ulong Weight(string sequence, string worker)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in sequence)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ '\n') * 1099511628211UL;
        foreach (var c in worker)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return hash ^ (hash >> 31);
    }
}
