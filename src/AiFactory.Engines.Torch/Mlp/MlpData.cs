using AiFactory.Engines.Training;
using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>A table's rows, encoded, as tensors.</summary>
internal sealed class MlpData : IDisposable
{
    private readonly Tensor? _numeric;
    private readonly List<Tensor> _categories = [];
    private readonly Tensor _labels;

    public MlpData(TrainingTable table, TableFit fit)
    {
        using var scope = NewDisposeScope();
        if (fit.Numeric.Count > 0)
        {
            _numeric = tensor(Standardise(table.Rows, fit.Numeric)).view(table.Rows, fit.Numeric.Count).DetachFromDisposeScope();
        }

        foreach (var column in fit.Categorical)
        {
            _categories.Add(tensor(column.Encode()).DetachFromDisposeScope());
        }

        _labels = tensor(Array.ConvertAll(table.Labels, label => label ? 1f : 0f)).DetachFromDisposeScope();
    }

    /// <summary>The rows of the given numbers, in that order; their tensors belong to the caller's dispose scope.</summary>
    public (MlpInputs Inputs, Tensor Labels) Select(long[] rows)
    {
        var index = tensor(rows);
        return (new(_numeric?.index_select(0, index), [.. _categories.Select(column => column.index_select(0, index))]), _labels.index_select(0, index));
    }

    public void Dispose()
    {
        _numeric?.Dispose();
        _categories.ForEach(column => column.Dispose());
        _labels.Dispose();
    }

    /// <summary>
    /// (x - mean) x (1 / scale) in single precision, operation by operation as the exported graph does it, so that both give the same bits; a
    /// missing value becomes 0, which is the mean.
    /// </summary>
    private static float[] Standardise(int rows, IReadOnlyList<NumericFit> columns)
    {
        var values = new float[checked(rows * columns.Count)];
        for (var c = 0; c < columns.Count; c++)
        {
            var (mean, reciprocal) = ((float)columns[c].Standardiser.Mean, (float)(1 / columns[c].Standardiser.Scale));
            var source = columns[c].Column.Values;
            for (var row = 0; row < rows; row++)
            {
                values[(row * columns.Count) + c] = float.IsNaN(source[row]) ? 0 : (source[row] - mean) * reciprocal;
            }
        }

        return values;
    }
}
