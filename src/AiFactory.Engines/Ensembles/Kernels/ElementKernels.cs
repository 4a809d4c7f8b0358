using AiFactory.Domain.Ensembles.BuiltIns;
using AiFactory.Domain.Models;

namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary><see cref="NormaliseStep"/></summary>
internal sealed class NormaliseKernel(NormaliseStep step) : IStepKernel
{
    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        var x = inputs[0];
        for (var row = 0; row < x.Count; row++)
        {
            var shape = x.Shape(row);
            var y = outputs[0].AddFloats(shape);
            Widen(x, row, y);
            var channels = Math.Max(step.Mean.Count, step.Scale.Count);
            var inner = channels == 1 ? y.Length : StepRows.Elements(shape[(step.Axis + 1)..]);
            for (int at = 0, channel = 0; at < y.Length; at += inner, channel = (channel + 1) % channels)
            {
                var (mean, scale) = (step.Mean[step.Mean.Count == 1 ? 0 : channel], step.Scale[step.Scale.Count == 1 ? 0 : channel]);
                foreach (ref var value in y.Slice(at, inner))
                {
                    value = (value - mean) * scale;
                }
            }
        }
    }

    private static void Widen(StepRows x, int row, Span<float> into)
    {
        if (x.Spec.DataType == TensorDataType.Fp32)
        {
            x.Floats(row).CopyTo(into);
            return;
        }

        var bytes = x.Bytes(row);
        for (var i = 0; i < bytes.Length; i++)
        {
            into[i] = bytes[i];
        }
    }
}

/// <summary><see cref="ThresholdStep"/></summary>
internal sealed class ThresholdKernel(ThresholdStep step) : IStepKernel
{
    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var x = inputs[0].Floats(row);
            var y = outputs[0].Add(inputs[0].Shape(row), x.Length);
            for (var i = 0; i < x.Length; i++)
            {
                y[i] = x[i] >= step.At ? (byte)1 : (byte)0;
            }
        }
    }
}
