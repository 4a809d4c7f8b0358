using System.Buffers;
using System.Runtime.InteropServices;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>Executes batches and deals out their answers and costs. Belongs to the device's thread.</summary>
internal sealed class BatchRun(DeviceClock clock)
{
    private const int OutputBytes = 64 * 1024;
    private const int KeptOutputBytesMax = 16 * 1024 * 1024;

    private ArrayBufferWriter<byte> _outputs = new(OutputBytes);
    private ReadOnlyMemory<byte>[] _segments = new ReadOnlyMemory<byte>[64];
    private int[] _rows = new int[64];
    private long[] _nanoseconds = new long[64];
    private long[] _picodollars = new long[64];
    private long _batches;
    private long _rowsAnswered;

    public long Batches => Volatile.Read(ref _batches);

    public long Rows => Volatile.Read(ref _rowsAnswered);

    /// <summary>
    /// Leaves every job with its answer or its failure. A batch that fails is run again message by message, so that one bad message fails alone. What
    /// nobody awaits is not run, or not to the end.
    /// </summary>
    /// <returns>How it went; null when it failed or was given up.</returns>
    public BatchObservation? Execute(ModelExecutor model, List<InferenceJob> jobs)
    {
        if (GivenUp(jobs))
        {
            return null;
        }

        if (TryExecute(model, jobs, 0, jobs.Count, out var batch) is not { } failure)
        {
            return batch;
        }

        if (GivenUp(jobs))
        {
            return null;
        }

        if (jobs.Count == 1)
        {
            jobs[0].SetFailure(failure);
            return null;
        }

        for (var i = 0; i < jobs.Count; i++)
        {
            if (jobs[i].State == JobState.GivenUp)
            {
                jobs[i].SetCancelled();
            }
            else if (TryExecute(model, jobs, i, 1, out _) is { } own)
            {
                jobs[i].SetFailure(own);
            }
        }

        return null;
    }

    private static bool GivenUp(List<InferenceJob> jobs)
    {
        foreach (var job in jobs)
        {
            if (job.State != JobState.GivenUp)
            {
                return false;
            }
        }

        foreach (var job in jobs)
        {
            job.SetCancelled();
        }

        return true;
    }

    private RefusedException? TryExecute(ModelExecutor model, List<InferenceJob> jobs, int from, int count, out BatchObservation batch)
    {
        batch = default;
        EnsureRoom(count);
        var rows = 0;
        for (var i = 0; i < count; i++)
        {
            _segments[i] = jobs[from + i].PackedRows;
            rows += _rows[i] = jobs[from + i].Rows;
        }

        if (_outputs.Capacity > KeptOutputBytesMax)
        {
            // One huge message must not hold its room for ever.
            _outputs = new(OutputBytes);
        }

        _outputs.ResetWrittenCount();
        DeviceCharge charge;
        var startedAt = clock.Now;
        var activity = clock.Begin(DeviceActivity.Inference);
        try
        {
            model.Model.Run(_segments.AsSpan(0, count), rows, _outputs);
        }
#pragma warning disable CA1031 // Whatever a native engine throws, the device goes on with the next batch.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            return cause as RefusedException ?? BatchRefusals.Failed(model.Name, cause);
        }
        finally
        {
            charge = clock.End(activity);
            Array.Clear(_segments, 0, count);
        }

        Volatile.Write(ref _batches, _batches + 1);
        Volatile.Write(ref _rowsAnswered, _rowsAnswered + rows);
        batch = Observe(CollectionsMarshal.AsSpan(jobs).Slice(from, count), rows, startedAt);
        return Apply(model, jobs, from, count, charge, batch);
    }

    private RefusedException? Apply(ModelExecutor model, List<InferenceJob> jobs, int from, int count, DeviceCharge charge, in BatchObservation batch)
    {
        CostShares.Split(charge.Nanoseconds, _rows.AsSpan(0, count), _nanoseconds.AsSpan(0, count));
        CostShares.Split((long)charge.Price.Value, _rows.AsSpan(0, count), _picodollars.AsSpan(0, count));
        var left = _outputs.WrittenSpan;
        try
        {
            for (var i = 0; i < count; i++)
            {
                var job = jobs[from + i];
                var length = Length(model.Outputs, left, job.Rows);
                var bytes = GC.AllocateUninitializedArray<byte>(job.ReservedBytes + length);
                left[..length].CopyTo(bytes.AsSpan(job.ReservedBytes));
                left = left[length..];
                job.SetAnswer(new(bytes, batch.Rows, _nanoseconds[i], _picodollars[i], batch.StartedAt - job.ArrivedAt));
            }
        }
#pragma warning disable CA1031 // As above: also when there is no memory for what came out.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            return BatchRefusals.Failed(model.Name, cause);
        }

        return left.IsEmpty ? null : BatchRefusals.Failed(model.Name, new InvalidDataException($"It wrote {left.Length} bytes too many."));
    }

    private BatchObservation Observe(ReadOnlySpan<InferenceJob> jobs, int rows, long startedAt)
    {
        var (oldest, objective) = (long.MaxValue, long.MaxValue);
        foreach (var job in jobs)
        {
            oldest = Math.Min(oldest, job.ArrivedAt);
            objective = Math.Min(objective, job.ObjectiveNanoseconds);
        }

        var endedAt = clock.Now;
        return new(rows, endedAt - startedAt, startedAt, endedAt - oldest, objective, More: false);
    }

    private static int Length(PackedRows outputs, ReadOnlySpan<byte> bytes, int rows)
    {
        if (outputs.FixedRowBytes is { } rowBytes)
        {
            return rows * rowBytes <= bytes.Length ? rows * rowBytes : throw new InvalidDataException($"It wrote {bytes.Length} bytes too few.");
        }

        var length = 0;
        for (var row = 0; row < rows; row++)
        {
            length += outputs.FirstRowLength(bytes[length..]);
        }

        return length;
    }

    private void EnsureRoom(int count)
    {
        if (count > _segments.Length)
        {
            _segments = new ReadOnlyMemory<byte>[count];
            _rows = new int[count];
            _nanoseconds = new long[count];
            _picodollars = new long[count];
        }
    }
}
