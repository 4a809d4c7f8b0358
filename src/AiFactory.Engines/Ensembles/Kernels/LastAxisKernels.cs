using AiFactory.Domain.Ensembles.BuiltIns;

namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary><see cref="SoftmaxStep"/></summary>
internal sealed class SoftmaxKernel : IStepKernel
{
    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var shape = inputs[0].Shape(row);
            var x = inputs[0].Floats(row);
            var y = outputs[0].AddFloats(shape);
            for (var at = 0; at < x.Length; at += shape[^1])
            {
                Softmax(x.Slice(at, shape[^1]), y.Slice(at, shape[^1]));
            }
        }
    }

    // The greatest is taken off first, so that no exponential overflows.
    private static void Softmax(ReadOnlySpan<float> x, Span<float> y)
    {
        var max = float.NegativeInfinity;
        foreach (var value in x)
        {
            max = MathF.Max(max, value);
        }

        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            y[i] = MathF.Exp(x[i] - max);
            sum += y[i];
        }

        foreach (ref var value in y)
        {
            value = (float)(value / sum);
        }
    }
}

/// <summary><see cref="ArgmaxStep"/></summary>
internal sealed class ArgmaxKernel : IStepKernel
{
    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var shape = inputs[0].Shape(row);
            var x = inputs[0].Floats(row);
            var index = outputs[0].AddLongs(shape[..^1]);
            var value = outputs[1].AddFloats(shape[..^1]);
            for (var i = 0; i < index.Length; i++)
            {
                var best = Best(x.Slice(i * shape[^1], shape[^1]));
                (index[i], value[i]) = (best, x[(i * shape[^1]) + best]);
            }
        }
    }

    public static int Best(ReadOnlySpan<float> x)
    {
        var best = 0;
        for (var i = 1; i < x.Length; i++)
        {
            if (x[i] > x[best])
            {
                best = i;
            }
        }

        return best;
    }
}

/// <summary><see cref="TopKStep"/></summary>
internal sealed class TopKKernel(TopKStep step) : IStepKernel
{
    private float[] _keys = [];
    private int[] _order = [];

    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            var shape = inputs[0].Shape(row);
            var x = inputs[0].Floats(row);
            int[] kept = [.. shape[..^1], step.K];
            var indices = outputs[0].AddLongs(kept);
            var values = outputs[1].AddFloats(kept);
            for (int from = 0, to = 0; to < indices.Length; from += shape[^1], to += step.K)
            {
                Top(x.Slice(from, shape[^1]), indices.Slice(to, step.K), values.Slice(to, step.K));
            }
        }
    }

    private void Top(ReadOnlySpan<float> x, Span<long> indices, Span<float> values)
    {
        if (_keys.Length < x.Length)
        {
            (_keys, _order) = (new float[x.Length], new int[x.Length]);
        }

        var order = _order.AsSpan(0, x.Length);
        x.CopyTo(_keys);
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        order.Sort((a, b) => _keys[b].CompareTo(_keys[a]) is var sign and not 0 ? sign : a.CompareTo(b));
        for (var i = 0; i < indices.Length; i++)
        {
            (indices[i], values[i]) = (order[i], x[order[i]]);
        }
    }
}
