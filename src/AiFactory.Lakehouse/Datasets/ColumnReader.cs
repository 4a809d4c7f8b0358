using AiFactory.Domain.Datasets;
using ParquetSharp;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>Reads columns of Parquet files into arrays, one row group after the other.</summary>
internal static class ColumnReader
{
    /// <param name="files">Local paths, in row order.</param>
    /// <param name="rows">In all files together.</param>
    public static IReadOnlyList<TableColumn> Read(IReadOnlyList<string> files, IReadOnlyList<ColumnContract> columns, long rows)
    {
        TableColumn[] read = [.. columns.Select(column => Empty(column, rows))];
        long offset = 0;
        foreach (var path in files)
        {
            using var file = new ParquetFileReader(path);
            var indices = columns.Select(column => IndexOf(file, column.Name)).ToArray();
            for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
            {
                using var rowGroup = file.RowGroup(group);
                var count = checked((int)rowGroup.MetaData.NumRows);
                for (var i = 0; i < read.Length; i++)
                {
                    using var reader = rowGroup.Column(indices[i]);
                    ReadInto(read[i], reader, checked((int)offset), count);
                }

                offset += count;
            }
        }

        return read;
    }

    private static TableColumn Empty(ColumnContract column, long rows) => column.Type is ColumnType.Integer or ColumnType.Number
        ? new NumberColumn(column.Name, column.Type, new double[rows])
        : new TextColumn(column.Name, column.Type, new string?[rows]);

    private static int IndexOf(ParquetFileReader file, string name)
    {
        for (var i = 0; i < file.FileMetaData.NumColumns; i++)
        {
            if (file.FileMetaData.Schema.Column(i).Name == name) return i;
        }

        throw new InvalidDataException($"A data file has no column '{name}'.");
    }

    private static void ReadInto(TableColumn column, ParquetSharp.ColumnReader reader, int offset, int count)
    {
        switch (column)
        {
            case NumberColumn { Type: ColumnType.Integer } numbers:
                Fill<long?, double>(reader, numbers.Values.AsSpan(offset, count), value => value ?? double.NaN);
                break;
            case NumberColumn numbers:
                Fill<double?, double>(reader, numbers.Values.AsSpan(offset, count), value => value ?? double.NaN);
                break;
            case TextColumn { Type: ColumnType.Boolean } texts:
                Fill<bool?, string?>(reader, texts.Values.AsSpan(offset, count), value => value switch { true => "true", false => "false", _ => null });
                break;
            case TextColumn { Type: ColumnType.Timestamp } texts:
                Fill<DateTime?, string?>(reader, texts.Values.AsSpan(offset, count), value => value is { } time ? FieldText.FormatTimestamp(time) : null);
                break;
            case TextColumn texts:
                Fill<string?, string?>(reader, texts.Values.AsSpan(offset, count), value => value);
                break;
        }
    }

    private static void Fill<TStored, TRead>(ParquetSharp.ColumnReader reader, Span<TRead> target, Func<TStored, TRead> convert)
    {
        using var values = reader.LogicalReader<TStored>();
        var stored = values.ReadAll(target.Length);
        for (var i = 0; i < stored.Length; i++) target[i] = convert(stored[i]);
    }
}
