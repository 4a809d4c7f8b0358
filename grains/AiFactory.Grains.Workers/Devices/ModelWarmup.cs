using System.Buffers;
using System.Globalization;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Engines.Inference;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// First runs of a model before it takes traffic, at one row and at the batch limit, so that no request pays for what an engine does only once. Its
/// device time counts as inference that no decision is charged for: overhead.
/// </summary>
internal sealed partial class ModelWarmup(DeviceClock clock, int batchRowsMax, ILogger logger)
{
    private const int WarmupBytesMax = 64 << 20;
    private static readonly int[] FreeAxisSizes = [1, 32, 128];

    /// <summary>Runs the model on its sample, or on zeros of its signature.</summary>
    /// <param name="sample">A request in the Open Inference Protocol's JSON; null: none.</param>
    /// <param name="strict">Whether a model that fails is refused; else it is logged.</param>
    /// <returns>What was done, in one sentence.</returns>
    /// <exception cref="RefusedException"><c>warmup-failed</c>, <c>warmup-malformed</c>.</exception>
    public IReadOnlyList<string> Run(IInferenceModel model, byte[]? sample, bool strict)
    {
        var what = sample is null ? "zeros" : "the sample given";
        try
        {
            var sizes = sample is null ? RunZeros(model) : RunRows(model, WarmupRows.Read(model.Signature, sample));
            return [$"Warm-up ran on {what}, {string.Join(" and ", sizes.Select(size => size == 1 ? "1 row" : size.ToString(CultureInfo.InvariantCulture) + " rows"))}."];
        }
#pragma warning disable CA1031 // Whatever a native engine throws, it is this model's failure.
        catch (Exception failure) when (!strict)
#pragma warning restore CA1031
        {
            LogFailed(failure, what);
            return [];
        }
        catch (Exception failure) when (failure is not RefusedException)
        {
            throw new RefusedException(
                new Refusal("warmup-failed", RefusalKind.Unprocessable, $"The model failed its warm-up on {what}: {failure.Message}", "warmup",
                    sample is null ? "Give a sample request that it can answer: --warmup sample.json." : "Give a sample request that it can answer."), failure);
        }
    }

    // Zeros have to have some size along free axes, and not every model runs at every size: images want multiples of their strides.
    private int[] RunZeros(IInferenceModel model)
    {
        foreach (var size in model.Signature.Inputs.Any(input => input.FreeAxes > 0) ? FreeAxisSizes[..^1] : [])
        {
            try
            {
                return RunRows(model, WarmupRows.Zeros(model.Signature, size));
            }
#pragma warning disable CA1031 // Whatever a native engine throws, the next size may do.
            catch (Exception)
#pragma warning restore CA1031
            {
                // The last size tried tells why none did.
            }
        }

        return RunRows(model, WarmupRows.Zeros(model.Signature, FreeAxisSizes[^1]));
    }

    private int[] RunRows(IInferenceModel model, IReadOnlyList<byte[]> rows)
    {
        var sizes = Sizes(model.Signature, rows);
        var outputs = new ArrayBufferWriter<byte>();
        foreach (var size in sizes)
        {
            outputs.ResetWrittenCount();
            RunOnce(model, rows, size, outputs);
        }

        return sizes;
    }

    private int[] Sizes(ModelSignature signature, IReadOnlyList<byte[]> rows)
    {
        var most = signature is { Batched: true, Sequence: null } ? Math.Clamp(WarmupBytesMax / Math.Max(1, rows.Max(row => row.Length)), 1, batchRowsMax) : 1;
        return most == 1 ? [1] : [1, most];
    }

    private void RunOnce(IInferenceModel model, IReadOnlyList<byte[]> rows, int size, ArrayBufferWriter<byte> outputs)
    {
        var segments = new ReadOnlyMemory<byte>[size];
        for (var row = 0; row < size; row++)
        {
            segments[row] = rows[row % rows.Count];
        }

        Measured(() => model.Run(segments, size, outputs));
    }

    /// <summary>Runs on the device's account.</summary>
    public void Measured(Action run)
    {
        var activity = clock.Begin(DeviceActivity.Inference);
        try
        {
            run();
        }
        finally
        {
            clock.End(activity);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A model's warm-up on {What} failed; it takes traffic all the same.")]
    private partial void LogFailed(Exception failure, string what);
}
