using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;

namespace AiFactory.Engines.Inference.Batching;

/// <summary>One model on one device: takes messages of packed rows and answers them from batches. Safe for use by several threads.</summary>
public sealed class ModelExecutor : IDisposable
{
    /// <summary>Code of the refusal of a message whose model was taken off the device before it ran.</summary>
    public const string UnloadedCode = "model-unloaded";

    private readonly DeviceExecutor _device;
    private readonly PackedRows _inputs;
    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ModelExecutor(DeviceExecutor device, string name, IInferenceModel model, BatchingOptions options)
    {
        _device = device;
        Tuner = new(options);
        Queue = new(Tuner);
        Name = name;
        Model = model;
        Signature = model.Signature;
        _inputs = PackedRows.Inputs(Signature);
        Outputs = PackedRows.Outputs(Signature);
    }

    /// <summary>What the refusals call the model.</summary>
    public string Name { get; }

    public ModelSignature Signature { get; }

    /// <summary><see cref="IInferenceModel.MemoryBytes"/> at present.</summary>
    public long MemoryBytes => Model.MemoryBytes;

    /// <summary>Completes once the model's memory is free, after <see cref="Dispose"/>.</summary>
    public Task Freed => _freed.Task;

    internal IInferenceModel Model { get; }

    internal PackedRows Outputs { get; }

    internal JobQueue Queue { get; }

    /// <summary>Used under the device's lock.</summary>
    internal BatchTuner Tuner { get; }

    internal BatchLimits Limits => new(Name, Tuner.KeptRowsMax, Tuner.HoldNanoseconds / 1000);

    internal bool Detached { get; set; }

    /// <summary>Runs packed rows, batched with whatever others sent meanwhile.</summary>
    /// <param name="packedRows">Left unchanged by the caller until the answer is there.</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="reservedBytes">Bytes to leave free at the start of the answer, for the caller's header.</param>
    /// <exception cref="RefusedException">
    /// <c>rows-malformed</c>, <c>worker-overloaded</c>, <c>deadline-unreachable</c>, <c>worker-stopping</c>, <c>model-unloaded</c>, <c>inference-failed</c>.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting for a batch, or in one that every caller gave up.</exception>
    public ValueTask<InferenceAnswer> Run(ReadOnlyMemory<byte> packedRows, int rows, int reservedBytes, in JobTerms terms, CancellationToken cancellation)
    {
        CheckRows(packedRows.Span, rows);
        var job = InferenceJob.Rent(this, packedRows, rows, reservedBytes, terms, _device.Now);
        var answer = job.Wait(cancellation);
        if (_device.TryEnqueue(job) is { } refusal)
        {
            job.Abandon();
            throw refusal;
        }

        return answer;
    }

    /// <summary>As above, for a message of the ordinary class without a deadline.</summary>
    public ValueTask<InferenceAnswer> Run(ReadOnlyMemory<byte> packedRows, int rows, int reservedBytes, CancellationToken cancellation) =>
        Run(packedRows, rows, reservedBytes, JobTerms.Default, cancellation);

    internal void Withdraw(InferenceJob job) => _device.Cancel(job);

    /// <summary>Takes the model off the device. Whoever still waits is refused <c>model-unloaded</c>; a batch at work ends first.</summary>
    public void Dispose() => _device.Detach(this);

    /// <summary>Frees the model. Only the device's thread calls it, when no batch is at work.</summary>
    internal void Free()
    {
        try
        {
            Model.Dispose();
            _freed.SetResult();
        }
#pragma warning disable CA1031 // Whatever a native engine throws, the device goes on with its other models.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            _freed.SetException(cause);
        }
    }

    private void CheckRows(ReadOnlySpan<byte> bytes, int rows)
    {
        if (rows < 1)
        {
            throw BatchRefusals.Malformed(Name, $"A message has at least one row, not {rows}.");
        }

        if (_inputs.FixedRowBytes is { } rowBytes)
        {
            if (bytes.Length != (long)rows * rowBytes)
            {
                throw BatchRefusals.Malformed(Name, $"{rows} rows of {rowBytes} bytes cannot be {bytes.Length} bytes.");
            }

            return;
        }

        var left = bytes;
        try
        {
            for (var row = 0; row < rows; row++)
            {
                left = left[_inputs.FirstRowLength(left)..];
            }
        }
        catch (InvalidDataException cause)
        {
            throw BatchRefusals.Malformed(Name, cause.Message);
        }

        if (!left.IsEmpty)
        {
            throw BatchRefusals.Malformed(Name, $"{left.Length} bytes are left after {rows} rows.");
        }
    }
}
