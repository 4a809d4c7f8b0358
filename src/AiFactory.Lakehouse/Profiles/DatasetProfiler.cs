using System.Globalization;
using AiFactory.Domain.Datasets;
using DuckDB.NET.Data;

namespace AiFactory.Lakehouse.Profiles;

/// <summary>
/// Profiles Parquet files by DuckDB. A column of up to about 10,000 distinct values is profiled from the count of each, exactly. For one of
/// more, the distinct count is HyperLogLog's, quantiles are exact up to 100,000 rows and t-digest's beyond, and there are top values up
/// to 100,000 distinct ones only.
/// </summary>
internal sealed class DatasetProfiler(DuckDbSession session, IReadOnlyList<string> files, CancellationToken cancellation)
{
    private const int CountedDistinctMax = 10_000, TopValuesDistinctMax = 100_000, ExactQuantileRowsMax = 100_000;
    private const int TopValues = 20, ColumnsPerScan = 64;
    private const double ScaleFreeMax = 1e100;

    private readonly string table = DuckDbSession.Parquet(files);

    public DatasetProfile Profile(IReadOnlyList<ColumnContract> columns, long rows) =>
        new(rows, [.. columns.Chunk(ColumnsPerScan).SelectMany(chunk => ProfileColumns(chunk, rows))]);

    private IEnumerable<ColumnProfile> ProfileColumns(ColumnContract[] columns, long rows)
    {
        if (files.Count == 0) return columns.Select(column => new ColumnProfile(column.Name, column.Type, 0, 0, 0));
        var counts = columns.Select(column => DuckDbSession.Identifier(column.Name)).Select(name => $"count({name}), approx_count_distinct({name})");
        var figures = session.Query($"SELECT {string.Join(", ", counts)} FROM {table}",
            row => columns.Select((_, i) => (Count: row.GetInt64(2 * i), Distinct: row.GetInt64((2 * i) + 1))).ToList(), cancellation)[0];
        return columns.Zip(figures, (column, figure) =>
        {
            var counted = new ColumnProfile(column.Name, column.Type, figure.Count, rows - figure.Count, Math.Min(figure.Distinct, figure.Count));
            var numeric = column.Type is ColumnType.Integer or ColumnType.Number;
            return (figure.Distinct <= CountedDistinctMax, numeric) switch
            {
                _ when figure.Count == 0 => counted,
                (true, true) => FromValueCounts(counted),
                (false, true) => FromScans(counted),
                (_, false) => WithTopValues(counted),
            };
        });
    }

    private ColumnProfile FromValueCounts(ColumnProfile profile)
    {
        var name = DuckDbSession.Identifier(profile.Name);
        var values = session.Query($"SELECT {name}::DOUBLE AS v, count(*) FROM {table} WHERE {name} IS NOT NULL GROUP BY v ORDER BY v",
            row => (row.GetDouble(0), row.GetInt64(1)), cancellation);
        var (mean, deviation) = ValueDistribution.Moments(values);
        return profile with
        {
            Distinct = values.Count,
            Minimum = values[0].Item1,
            Maximum = values[^1].Item1,
            Mean = mean,
            StandardDeviation = deviation,
            Quantiles = ValueDistribution.Quantiles(values, ValueDistribution.Probabilities),
            Histogram = ValueDistribution.Histogram(values),
        };
    }

    private ColumnProfile FromScans(ColumnProfile profile)
    {
        var name = DuckDbSession.Identifier(profile.Name);
        var (low, high) = session.Query($"SELECT min({name})::DOUBLE, max({name})::DOUBLE FROM {table}", row => (row.GetDouble(0), row.GetDouble(1)), cancellation)[0];

        // Squares of very large values overflow, which DuckDB refuses; so those are scaled down first.
        var largest = Math.Max(Math.Abs(low), Math.Abs(high));
        var scale = largest > ScaleFreeMax ? largest : 1;
        var scaled = scale == 1 ? $"{name}::DOUBLE" : $"{name}::DOUBLE / {DuckDbSession.Literal(scale)}";
        var probabilities = string.Join(", ", ValueDistribution.Probabilities.Select(p => p.ToString("R", CultureInfo.InvariantCulture)));
        var quantile = profile.Count <= ExactQuantileRowsMax ? "quantile_cont" : "approx_quantile";
        var figures = session.Query($"SELECT avg({scaled}), stddev_samp({scaled}), {quantile}({scaled}, [{probabilities}]) FROM {table}",
            row => (Mean: row.GetDouble(0), Deviation: row.GetDouble(1), Quantiles: (List<double>)row.GetValue(2)), cancellation)[0];
        return profile with
        {
            Minimum = low,
            Maximum = high,
            Mean = figures.Mean * scale,
            StandardDeviation = figures.Deviation * scale,
            Quantiles = [.. figures.Quantiles.Select(value => value * scale)],
            Histogram = ScanHistogram(name, low, high),
        };
    }

    private HistogramBin[] ScanHistogram(string name, double low, double high)
    {
        var bins = ValueDistribution.HistogramBins;
        var position = $"({name}::DOUBLE / 2 - {DuckDbSession.Literal(low / 2)}) / {DuckDbSession.Literal((high / 2) - (low / 2))}";
        var counted = session.Query(
            $"SELECT least({bins - 1}, floor({position} * {bins}))::INTEGER AS bin, count(*) FROM {table} WHERE {name} IS NOT NULL GROUP BY bin",
            row => (Bin: row.GetInt32(0), Count: row.GetInt64(1)), cancellation).ToDictionary(pair => pair.Bin, pair => pair.Count);
        return ValueDistribution.Bins(low, high, [.. Enumerable.Range(0, bins).Select(bin => counted.GetValueOrDefault(bin))]);
    }

    private ColumnProfile WithTopValues(ColumnProfile profile)
    {
        if (profile.Distinct > TopValuesDistinctMax) return profile;
        var name = DuckDbSession.Identifier(profile.Name);
        var top = session.Query(
            $"SELECT {name} AS v, count(*) AS n, count(*) OVER () FROM {table} WHERE {name} IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT {TopValues}",
            row => (Value: new ValueCount(Text(row), row.GetInt64(1)), Distinct: row.GetInt64(2)), cancellation);
        return profile with { Distinct = profile.Distinct <= CountedDistinctMax ? top[0].Distinct : profile.Distinct, TopValues = [.. top.Select(row => row.Value)] };
    }

    private static string Text(DuckDBDataReader row) => row.GetValue(0) switch
    {
        bool flag => flag ? "true" : "false",
        DateTime time => FieldText.FormatTimestamp(time),
        var value => (string)value,
    };
}
