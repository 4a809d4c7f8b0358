using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>Executes batches and deals out their answers and costs. Belongs to the device's thread.</summary>
internal sealed class BatchRun(DeviceClock clock)
{
    private const int SizesMax = 13;
    private const int OutputBytes = 64 * 1024;
    private const int KeptOutputBytesMax = 16 * 1024 * 1024;

    private ArrayBufferWriter<byte> _outputs = new(OutputBytes);
    private ReadOnlyMemory<byte>[] _segments = new ReadOnlyMemory<byte>[64];
    private int[] _rows = new int[64];
    private int[] _lengths = new int[64];
    private long[] _nanoseconds = new long[64];
    private long[] _picodollars = new long[64];
    private readonly long[] _sizes = new long[SizesMax];
    private long _batches;
    private long _rowsAnswered;
    private volatile RefusedException? _stopped;

    /// <summary>Element i counts batches of more than 2^(i-1) and at most 2^i rows.</summary>
    public IReadOnlyList<long> Sizes => _sizes;

    public long Batches => Volatile.Read(ref _batches);

    public long Rows => Volatile.Read(ref _rowsAnswered);

    /// <summary>From now on a batch that fails is refused and not run again. From any thread.</summary>
    public void Stop(RefusedException refusal) => _stopped = refusal;

    /// <summary>
    /// Leaves every job with its answer or its failure. A batch that fails is run again message by message, so that one bad message fails alone; but never
    /// one that a model with memory has computed, whose sequences have gone a step on. What nobody awaits is not run, or not to the end.
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

        var computed = batch.Rows > 0;
        var again = jobs.Count > 1 && !(computed && model.Signature.Sequence is not null);
        for (var i = 0; i < jobs.Count; i++)
        {
            if (jobs[i].State == JobState.GivenUp)
            {
                jobs[i].SetCancelled();
            }
            else if ((_stopped ?? (again ? TryExecute(model, jobs, i, 1, out _) : failure)) is { } own)
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
        if (startedAt >= clock.UsableUntil)
        {
            return BatchRefusals.Lapsed(model.Name);
        }

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

        _sizes[Math.Min(SizesMax - 1, BitOperations.Log2((uint)((2 * rows) - 1)))]++;
        Volatile.Write(ref _batches, _batches + 1);
        Volatile.Write(ref _rowsAnswered, _rowsAnswered + rows);
        batch = Observe(CollectionsMarshal.AsSpan(jobs).Slice(from, count), rows, startedAt);
        return Apply(model, jobs, from, count, charge, batch);
    }

    private RefusedException? Apply(ModelExecutor model, List<InferenceJob> jobs, int from, int count, DeviceCharge charge, in BatchObservation batch)
    {
        CostShares.Split(charge.Nanoseconds, _rows.AsSpan(0, count), _nanoseconds.AsSpan(0, count));
        CostShares.Split((long)charge.Price.Value, _rows.AsSpan(0, count), _picodollars.AsSpan(0, count));
        if (Measure(model, count) is { } failure)
        {
            return failure;
        }

        var left = _outputs.WrittenSpan;
        for (var i = 0; i < count; i++)
        {
            var (job, length) = (jobs[from + i], _lengths[i]);
            try
            {
                var bytes = GC.AllocateUninitializedArray<byte>(checked(job.ReservedBytes + length));
                left[..length].CopyTo(bytes.AsSpan(job.ReservedBytes));
                job.SetAnswer(new(bytes, batch.Rows, _nanoseconds[i], _picodollars[i], batch.StartedAt - job.ArrivedAt));
            }
#pragma warning disable CA1031 // There is no memory for what came out: its neighbours' answers are there all the same.
            catch (Exception cause)
#pragma warning restore CA1031
            {
                job.SetFailure(BatchRefusals.Failed(model.Name, cause));
            }

            left = left[length..];
        }

        return null;
    }

    // Bytes of each message's answer; a failure where what came out is not so many rows.
    private RefusedException? Measure(ModelExecutor model, int count)
    {
        var left = _outputs.WrittenSpan;
        try
        {
            for (var i = 0; i < count; i++)
            {
                _lengths[i] = Length(model.Outputs, left, _rows[i]);
                left = left[_lengths[i]..];
            }
        }
#pragma warning disable CA1031 // As above.
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
            _lengths = new int[count];
            _nanoseconds = new long[count];
            _picodollars = new long[count];
        }
    }
}
