using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Training;

namespace AiFactory.Grains.Workers.Training;

/// <summary>Scores the holdout through an exported graph, in the very form in which serving will send rows to it.</summary>
internal static class HoldoutParity
{
    private const int BatchRows = 256;

    /// <returns>The graph's probabilities of the positive class, in holdout order.</returns>
    public static float[] Score(IInferenceModel model, BinaryClasses classes, TrainingTable table, int[] rows)
    {
        var columns = model.Signature.Inputs.Select(input => table.Features.Single(feature => feature.Name == input.Name)).ToArray();
        var output = model.Signature.Outputs.Select((spec, index) => (spec, index)).Single(entry => entry.spec.Name == classes.Output).index;
        var scores = new float[rows.Length];
        var packed = new ArrayBufferWriter<byte>();
        var answers = new ArrayBufferWriter<byte>();
        for (var from = 0; from < rows.Length; from += BatchRows)
        {
            var batch = rows.AsSpan(from, Math.Min(BatchRows, rows.Length - from));
            packed.ResetWrittenCount();
            answers.ResetWrittenCount();
            Pack(columns, batch, packed);
            model.Run([packed.WrittenMemory], batch.Length, answers);
            Unpack(model.Signature.Outputs, output, answers.WrittenSpan, scores.AsSpan(from, batch.Length));
        }

        return scores;
    }

    private static void Pack(FeatureColumn[] columns, ReadOnlySpan<int> rows, ArrayBufferWriter<byte> packed)
    {
        foreach (var row in rows)
        {
            foreach (var column in columns)
            {
                switch (column)
                {
                    case NumericColumn numeric:
                        BinaryPrimitives.WriteSingleLittleEndian(packed.GetSpan(sizeof(float)), numeric.Values[row]);
                        packed.Advance(sizeof(float));
                        break;
                    case CategoricalColumn categorical:
                        var text = categorical.Values[row];
                        var span = packed.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
                        var length = Encoding.UTF8.GetBytes(text, span[sizeof(int)..]);
                        BinaryPrimitives.WriteInt32LittleEndian(span, length);
                        packed.Advance(sizeof(int) + length);
                        break;
                }
            }
        }
    }

    private static void Unpack(IReadOnlyList<TensorSpec> outputs, int output, ReadOnlySpan<byte> answers, Span<float> scores)
    {
        for (var row = 0; row < scores.Length; row++)
        {
            for (var tensor = 0; tensor < outputs.Count; tensor++)
            {
                var length = PackedRows.TensorLength(outputs[tensor], answers);
                if (tensor == output)
                {
                    scores[row] = MemoryMarshal.Read<float>(answers);
                }

                answers = answers[length..];
            }
        }
    }
}
