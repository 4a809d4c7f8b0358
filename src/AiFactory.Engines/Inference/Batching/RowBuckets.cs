namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Deals ragged rows into buckets: rows whose free axes have equal sizes run together, in the order they came. Decides only. Buffers are kept for the
/// next batch.
/// </summary>
/// <param name="rowsMax">Rows of one bucket at most; 1 where rows cannot run together.</param>
/// <param name="bytesMax">Bytes of one bucket at most; a longer row has one for itself.</param>
public sealed class RowBuckets(int rowsMax, long bytesMax)
{
    private readonly List<Bucket> _buckets = [];
    private int[] _bucketOf = [];
    private int[] _order = [];

    /// <summary>Buckets of the rows last planned, in the order of their first rows.</summary>
    public int Count => _buckets.Count;

    /// <param name="sizes">For each row, the sizes of its free axes.</param>
    /// <param name="axes">Free axes of a row.</param>
    /// <param name="rowBytes">One length a row.</param>
    public void Plan(ReadOnlySpan<int> sizes, int axes, ReadOnlySpan<int> rowBytes)
    {
        var rows = rowBytes.Length;
        if (_order.Length < rows)
        {
            (_bucketOf, _order) = (new int[rows], new int[rows]);
        }

        _buckets.Clear();
        for (var row = 0; row < rows; row++)
        {
            var found = Find(sizes, axes, row, rowBytes[row]);
            _bucketOf[row] = found;
            _buckets[found] = _buckets[found] with { Rows = _buckets[found].Rows + 1, Bytes = _buckets[found].Bytes + rowBytes[row] };
        }

        var start = 0;
        for (var i = 0; i < _buckets.Count; i++)
        {
            var count = _buckets[i].Rows;
            _buckets[i] = _buckets[i] with { Start = start, Rows = 0 };
            start += count;
        }

        for (var row = 0; row < rows; row++)
        {
            var bucket = _buckets[_bucketOf[row]];
            _order[bucket.Start + bucket.Rows] = row;
            _buckets[_bucketOf[row]] = bucket with { Rows = bucket.Rows + 1 };
        }
    }

    /// <summary>Numbers of a bucket's rows, ascending.</summary>
    public ReadOnlySpan<int> Rows(int bucket) => _order.AsSpan(_buckets[bucket].Start, _buckets[bucket].Rows);

    private int Find(ReadOnlySpan<int> sizes, int axes, int row, int bytes)
    {
        var mine = sizes.Slice(row * axes, axes);
        for (var i = rowsMax > 1 ? 0 : _buckets.Count; i < _buckets.Count; i++)
        {
            var bucket = _buckets[i];
            if (bucket.Rows < rowsMax && bucket.Bytes + bytes <= bytesMax && sizes.Slice(bucket.First * axes, axes).SequenceEqual(mine))
            {
                return i;
            }
        }

        _buckets.Add(new(row, 0, 0, 0));
        return _buckets.Count - 1;
    }

    /// <param name="First">Number of its first row.</param>
    /// <param name="Start">Where its rows begin in the order.</param>
    private readonly record struct Bucket(int First, int Start, int Rows, long Bytes);
}
