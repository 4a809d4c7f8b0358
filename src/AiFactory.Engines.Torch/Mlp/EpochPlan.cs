using AiFactory.Domain.Statistics;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>
/// The rows of one epoch as one rank sees them: the training rows in an order drawn from seed and epoch, cut into minibatches, of each of which
/// the rank has a contiguous slice. A function of its arguments alone, so that a resumed run sees what an undisturbed one does.
/// </summary>
internal sealed class EpochPlan
{
    private const ulong OrderStream = 0x4D4C_504F_0000_0001;
    private const ulong MaskStream = 0x4D4C_504D_0000_0001;

    private readonly int _seed;
    private readonly int _epoch;
    private readonly List<Slice> _slices = [];
    private readonly List<int> _positions = [];

    public EpochPlan(int[] trainRows, int seed, int epoch, int batchSize, int rank, int worldSize)
    {
        (_seed, _epoch) = (seed, epoch);
        var order = SeededRandom.Of(seed, OrderStream, epoch).Permutation(trainRows.Length);
        var rows = new List<long>();
        for (var start = 0; start < order.Length; start += batchSize)
        {
            var batch = Math.Min(batchSize, order.Length - start);
            var from = start + (int)((long)batch * rank / worldSize);
            var to = start + (int)((long)batch * (rank + 1) / worldSize);
            _slices.Add(new(rows.Count, to - from, batch));
            for (var position = from; position < to; position++)
            {
                rows.Add(trainRows[order[position]]);
                _positions.Add(position);
            }
        }

        Rows = [.. rows];
    }

    /// <summary>This rank's rows of the whole epoch, minibatch after minibatch.</summary>
    public long[] Rows { get; }

    public IReadOnlyList<Slice> Slices => _slices;

    /// <summary>
    /// A dropout mask for a slice, [rows x units] row-major: 0 or 1/(1 - rate). Drawn a row at a time by the row's place in the epoch, so that it does not
    /// depend on how many ranks share the minibatch.
    /// </summary>
    public float[] Mask(Slice slice, int units, int layer, double rate)
    {
        var kept = (float)(1 / (1 - rate));
        var mask = new float[slice.Count * units];
        for (var row = 0; row < slice.Count; row++)
        {
            var place = ((long)_epoch << 33) + ((long)_positions[slice.Start + row] << 1) + layer;
            var random = SeededRandom.Of(_seed, MaskStream, place);
            foreach (ref var value in mask.AsSpan(row * units, units))
            {
                value = random.NextDouble() < rate ? 0 : kept;
            }
        }

        return mask;
    }

    /// <param name="Start">First row, in <see cref="EpochPlan.Rows"/>.</param>
    /// <param name="Count">This rank's rows of the minibatch; may be 0.</param>
    /// <param name="BatchRows">Rows of the whole minibatch.</param>
    internal readonly record struct Slice(int Start, int Count, int BatchRows);
}
