using System.Buffers.Binary;
using System.Text;
using AiFactory.Domain.Ensembles.BuiltIns;

namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary><see cref="LabelStep"/></summary>
internal sealed class LabelKernel(LabelStep step) : IStepKernel
{
    private readonly byte[][] _labels = [.. step.Labels.Select(Encoding.UTF8.GetBytes)];

    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var indices = inputs[0].Longs(row);
            var length = 0;
            foreach (var index in indices)
            {
                length += sizeof(int) + Label(index).Length;
            }

            var texts = outputs[0].Add(inputs[0].Shape(row), length);
            foreach (var index in indices)
            {
                texts = texts[Texts.Write(texts, Label(index))..];
            }
        }
    }

    private byte[] Label(long index) => (ulong)index < (ulong)_labels.Length ? _labels[index] : [];
}

/// <summary><see cref="CtcDecodeStep"/></summary>
internal sealed class CtcDecodeKernel(CtcDecodeStep step) : IStepKernel
{
    private readonly byte[][] _characters = [.. step.Characters.Select(Encoding.UTF8.GetBytes)];
    private readonly List<byte> _text = [];

    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var classes = inputs[0].Shape(row)[1];
            if (classes != _characters.Length + 1)
            {
                throw new InvalidDataException($"There are {classes} classes, and {_characters.Length} characters beside the blank.");
            }

            outputs[1].AddFloats()[0] = Decode(inputs[0].Floats(row), classes);
            Texts.Write(outputs[0].Add([], sizeof(int) + _text.Count), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_text));
        }
    }

    private float Decode(ReadOnlySpan<float> probabilities, int classes)
    {
        _text.Clear();
        var (sum, kept, before) = (0.0, 0, 0);
        for (; !probabilities.IsEmpty; probabilities = probabilities[classes..])
        {
            var best = ArgmaxKernel.Best(probabilities[..classes]);
            if (best != 0 && best != before)
            {
                _text.AddRange(_characters[best - 1]);
                sum += probabilities[best];
                kept++;
            }

            before = best;
        }

        return kept == 0 ? 0 : (float)(sum / kept);
    }
}

/// <summary>BYTES elements: a 32-bit little-endian length and the bytes.</summary>
internal static class Texts
{
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> into, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, text.Length);
        text.CopyTo(into[sizeof(int)..]);
        return sizeof(int) + text.Length;
    }

    /// <summary>The first element.</summary>
    public static string Read(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(bytes)));
}
