using System.Numerics;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>
/// Computing time by batch size, as measured: for each power of two, moving averages over batches of more than half and up to that many rows. Each batch
/// counts an eighth, and at most as four times what is known, so that one stall of the machine is no new curve.
/// </summary>
internal sealed class BatchCurve
{
    private const int Buckets = 31;
    private const double Weight = 1.0 / 8;
    private const double OutlierFactor = 4;

    private readonly double[] _nanoseconds = new double[Buckets];
    private readonly double[] _rows = new double[Buckets];
    private readonly int[] _batches = new int[Buckets];

    public void Add(int rows, long nanoseconds)
    {
        var bucket = Bucket(rows);
        if (_batches[bucket]++ == 0)
        {
            (_nanoseconds[bucket], _rows[bucket]) = (nanoseconds, rows);
            return;
        }

        // The first batches count alike: the very first is often the slowest.
        var weight = Math.Max(Weight, 1.0 / _batches[bucket]);
        _nanoseconds[bucket] += weight * (Math.Min(nanoseconds, OutlierFactor * _nanoseconds[bucket]) - _nanoseconds[bucket]);
        _rows[bucket] += weight * (rows - _rows[bucket]);
    }

    /// <summary>Batches measured at about this size.</summary>
    public int Batches(int rows) => _batches[Bucket(rows)];

    /// <summary>Rows a nanosecond at about this size; 0: not measured.</summary>
    public double Rate(int rows) => Bucket(rows) is var bucket && _batches[bucket] > 0 ? _rows[bucket] / Math.Max(1, _nanoseconds[bucket]) : 0;

    /// <summary>Nanoseconds that a batch of so many rows takes: of its own bucket, else in proportion to the nearest one measured; 0: nothing is measured.</summary>
    public double Nanoseconds(int rows)
    {
        var bucket = Bucket(rows);
        if (_batches[bucket] > 0)
        {
            return _nanoseconds[bucket];
        }

        for (var distance = 1; distance < Buckets; distance++)
        {
            if (bucket - distance is >= 0 and var below && _batches[below] > 0)
            {
                return _nanoseconds[below] * rows / _rows[below];
            }

            if (bucket + distance < Buckets && _batches[bucket + distance] > 0)
            {
                return _nanoseconds[bucket + distance] * rows / _rows[bucket + distance];
            }
        }

        return 0;
    }

    /// <summary>As <see cref="Nanoseconds"/>, but a size not yet measured lies on the line through the two next smaller ones.</summary>
    public double Extrapolated(int rows)
    {
        var bucket = Bucket(rows);
        if (_batches[bucket] > 0 || bucket < 2 || _batches[bucket - 1] == 0 || _batches[bucket - 2] == 0)
        {
            return Nanoseconds(rows);
        }

        var slope = (_nanoseconds[bucket - 1] - _nanoseconds[bucket - 2]) / Math.Max(1, _rows[bucket - 1] - _rows[bucket - 2]);
        return _nanoseconds[bucket - 1] + (Math.Max(0, slope) * (rows - _rows[bucket - 1]));
    }

    /// <summary>
    /// Nanoseconds at a mean size between two measured ones, on the line between them. Beyond the largest measured, half of its time counts as fixed: a
    /// guess that is worth a try, and a try measures.
    /// </summary>
    public double Interpolated(double rows)
    {
        var bucket = Bucket((int)Math.Ceiling(rows));
        var (below, above) = (bucket, bucket);
        while (below >= 0 && (_batches[below] == 0 || _rows[below] > rows))
        {
            below--;
        }

        while (above < Buckets && (_batches[above] == 0 || _rows[above] < rows))
        {
            above++;
        }

        if (below < 0 || above == Buckets || _rows[above] <= _rows[below])
        {
            return below >= 0 ? _nanoseconds[below] * (1 + (rows / _rows[below])) / 2 : Nanoseconds((int)Math.Ceiling(rows));
        }

        return _nanoseconds[below] + ((_nanoseconds[above] - _nanoseconds[below]) * (rows - _rows[below]) / (_rows[above] - _rows[below]));
    }

    /// <summary>Forgets what was measured at about this size.</summary>
    public void Forget(int rows) => _batches[Bucket(rows)] = 0;

    /// <summary>Forgets all but what was measured at about this size.</summary>
    public void ForgetOthers(int rows)
    {
        var kept = _batches[Bucket(rows)];
        Array.Clear(_batches);
        _batches[Bucket(rows)] = kept;
    }

    private static int Bucket(int rows) => rows <= 1 ? 0 : BitOperations.Log2((uint)rows - 1) + 1;
}
