namespace AiFactory.Gateway.Workers;

/// <summary>
/// Picks the less loaded of two replicas drawn at random: nearly as even as asking all of them, and gateways that do not know of each other
/// do not herd (Mitzenmacher 2001).
/// </summary>
/// <param name="draw">A number from 0 to below its argument, evenly; safe for use by several threads.</param>
internal sealed class PowerOfTwoChoices(Func<int, int> draw)
{
    /// <summary>Rows by which a worker of this process may be the busier one: about what a message to another process costs, which takes longer than a few rows.</summary>
    private const int NearRowsMore = 16;

    /// <summary>
    /// Chooses for a request that has had no replica yet. One in this process costs no message, and is taken unless it has more than twice the rows, and
    /// <see cref="NearRowsMore"/>, of another one drawn at random.
    /// </summary>
    /// <param name="near">Those of the active lanes that lead to workers of this process.</param>
    /// <returns>Null where there is no replica.</returns>
    public Lane? ChooseNear(ReadOnlySpan<Lane> lanes, int active, ReadOnlySpan<Lane> near)
    {
        if (near.Length > 0 && near.Length < active && Choose(near, except: null) is { Suspect: false } beside)
        {
            var other = lanes[draw(active)];
            return other.Suspect || beside.OutstandingRows <= (2 * other.OutstandingRows) + NearRowsMore ? beside : other;
        }

        return Choose(lanes, active, except: null);
    }

    /// <summary>Chooses among the replicas that share the load, and among those that stand by where none of the former is well.</summary>
    /// <param name="lanes">To all replicas, in order of preference.</param>
    /// <param name="active">How many of them share the load, from the first on.</param>
    /// <param name="except">A replica not to choose; null: none.</param>
    /// <returns>Null when there is no other.</returns>
    public Lane? Choose(ReadOnlySpan<Lane> lanes, int active, Lane? except)
    {
        var chosen = Choose(lanes[..active], except);
        if (chosen is { Suspect: false } || active == lanes.Length)
        {
            return chosen;
        }

        foreach (var standby in lanes[active..])
        {
            if (standby != except && !standby.Suspect)
            {
                return standby;
            }
        }

        return chosen ?? Choose(lanes[active..], except);
    }

    /// <param name="except">A replica not to choose; null: none.</param>
    /// <returns>Null when there is no other.</returns>
    public Lane? Choose(ReadOnlySpan<Lane> lanes, Lane? except)
    {
        var skipped = except is null ? -1 : lanes.IndexOf(except);
        var count = skipped < 0 ? lanes.Length : lanes.Length - 1;
        switch (count)
        {
            case 0:
                return null;
            case 1:
                return At(lanes, 0, skipped);
            default:
                var first = draw(count);
                var second = draw(count - 1);
                var a = At(lanes, first, skipped);
                var b = At(lanes, second >= first ? second + 1 : second, skipped);
                return a.Suspect == b.Suspect ? Lighter(a, b) : a.Suspect ? b : a;
        }
    }

    private static Lane At(ReadOnlySpan<Lane> lanes, int index, int skipped) => lanes[skipped >= 0 && index >= skipped ? index + 1 : index];

    private static Lane Lighter(Lane a, Lane b) => b.OutstandingRows < a.OutstandingRows ? b : a;
}
