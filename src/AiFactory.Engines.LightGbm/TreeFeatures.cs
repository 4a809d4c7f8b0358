using AiFactory.Engines.Training;

namespace AiFactory.Engines.LightGbm;

/// <summary>
/// A table's rows as trees take them: numeric columns (the training mean where missing), for each numeric column that lacked training values whether
/// it is missing, then one column for each category of each categorical column, the first for missing or unknown.
/// </summary>
internal sealed class TreeFeatures
{
    private readonly TableFit _fit;
    private readonly long[][] _categories;

    public TreeFeatures(TableFit fit)
    {
        _fit = fit;
        Indicators = [.. fit.Numeric.Select((column, at) => (column, at)).Where(pair => pair.column.SawMissing).Select(pair => (long)pair.at)];
        Width = fit.Numeric.Count + Indicators.Length + fit.Categorical.Sum(column => column.Vocabulary.Length + 1);
        _categories = [.. fit.Categorical.Select(column => column.Encode())];
    }

    /// <summary>Places, among the numeric columns, of those with a missing indicator.</summary>
    public long[] Indicators { get; }

    public int Width { get; }

    /// <summary>What stands for a missing value, one a numeric column.</summary>
    public float[] Fills => [.. _fit.Numeric.Select(column => (float)column.Standardiser.Mean)];

    public float[] Row(int row)
    {
        var values = new float[Width];
        var at = 0;
        foreach (var column in _fit.Numeric)
        {
            var value = column.Column.Values[row];
            values[at++] = float.IsNaN(value) ? (float)column.Standardiser.Mean : value;
        }

        foreach (var indicator in Indicators)
        {
            values[at++] = float.IsNaN(_fit.Numeric[(int)indicator].Column.Values[row]) ? 1 : 0;
        }

        for (var c = 0; c < _categories.Length; c++)
        {
            values[at + (int)_categories[c][row]] = 1;
            at += _fit.Categorical[c].Vocabulary.Length + 1;
        }

        return values;
    }
}
