using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Inference.Padding;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Holds the owner of a model to the word that padding changes no answer: the sample's rows are run as they are and padded, and compared.</summary>
internal static class PaddingTrial
{
    /// <summary>Largest difference between numbers, as a share of the larger of 1 and the answer without padding.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>Runs the sample both ways.</summary>
    /// <param name="sample">A request in the Open Inference Protocol's JSON; null: there is nothing to try.</param>
    /// <returns>What was found, in one sentence.</returns>
    /// <exception cref="RefusedException"><c>padding-harmful</c>; <c>warmup-malformed</c>.</exception>
    public static string Run(PaddedModel model, byte[]? sample, ModelWarmup warmup)
    {
        if (sample is null)
        {
            return "Not checked: that padding changes no answer, because no sample was given.";
        }

        var (worst, tried) = (0.0, false);
        foreach (var row in WarmupRows.Read(model.Signature, sample))
        {
            ArrayBufferWriter<byte> plain = new(), padded = new();
            var sizes = (Own: 0, Size: 0);
            warmup.Measured(() =>
            {
                model.Run([row], 1, plain);
                sizes = model.RunPadded(row, padded);
            });
            tried |= sizes.Size > sizes.Own;
            worst = Math.Max(worst, Compare(model.Signature, plain.WrittenSpan, padded.WrittenSpan, sizes));
        }

        return tried
            ? string.Create(CultureInfo.InvariantCulture, $"Padded, the sample's answers differ by at most {worst:0.0e+0} from those without padding.")
            : "Not checked: that padding changes no answer, because the sample is too long to be padded.";
    }

    private static double Compare(ModelSignature signature, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> padded, (int Own, int Size) sizes)
    {
        var worst = 0.0;
        foreach (var output in signature.Outputs)
        {
            var own = plain[..PackedRows.TensorLength(output, plain)];
            var other = padded[..PackedRows.TensorLength(output, padded)];
            plain = plain[own.Length..];
            padded = padded[other.Length..];
            var head = PackedRows.ShapeBytes(output);
            if (own.Length != other.Length || !own[..head].SequenceEqual(other[..head]))
            {
                throw Harmful(output, sizes, "has another shape");
            }

            if (Difference(output.DataType, own[head..], other[head..]) is var difference && !(difference <= Tolerance))
            {
                throw Harmful(output, sizes, string.Create(CultureInfo.InvariantCulture, $"differs by {difference:0.0e+0}"));
            }

            worst = Math.Max(worst, difference);
        }

        return worst;
    }

    // Whole numbers and text are the same or not.
    private static double Difference(TensorDataType type, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> padded)
    {
        if (type is not (TensorDataType.Fp16 or TensorDataType.Fp32 or TensorDataType.Fp64))
        {
            return plain.SequenceEqual(padded) ? 0 : double.PositiveInfinity;
        }

        var (worst, width) = (0.0, PackedRows.ElementBytes(type));
        for (var at = 0; at < plain.Length; at += width)
        {
            var (one, other) = (Number(type, plain[at..]), Number(type, padded[at..]));
            if (!one.Equals(other))
            {
                // NaN against a number is as bad as can be.
                worst = Math.Abs(one - other) / Math.Max(1, Math.Abs(one)) is var difference && double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
            }
        }

        return worst;
    }

    private static double Number(TensorDataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        TensorDataType.Fp16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        TensorDataType.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    private static RefusedException Harmful(TensorSpec output, (int Own, int Size) sizes, string how) => new(new Refusal("padding-harmful", RefusalKind.Unprocessable,
        $"Padded from {sizes.Own} to {sizes.Size}, the sample's output '{output.Name}' {how}.", output.Name,
        "Name the value that the model ignores (--pad AXIS=VALUE,INPUT=VALUE), with a mask of 0; or import it without padding."));
}
