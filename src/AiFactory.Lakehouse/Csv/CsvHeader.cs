using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Csv;

/// <summary>The first record of a file.</summary>
internal static class CsvHeader
{
    /// <summary>The names of the columns: at least one, none empty, none twice, none with control characters but line breaks and tabs, at most <see cref="ContractRules.ColumnsMax"/>.</summary>
    /// <exception cref="RefusedException">It is no such header.</exception>
    public static string[] Read(CsvScanner csv)
    {
        if (!csv.Read()) throw CsvRefusals.Empty();
        if (csv.FieldCount > ContractRules.ColumnsMax) throw CsvRefusals.TooManyColumns(csv.FieldCount, ContractRules.ColumnsMax);
        var names = new string[csv.FieldCount];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Encoding.UTF8.GetString(csv.Field(i));
            if (names[i].Length == 0) throw CsvRefusals.NamelessColumn(i + 1);
            if (names[i].Any(IsBinary)) throw CsvRefusals.BinaryColumn(i + 1);
            if (!seen.Add(names[i])) throw new RefusedException(DatasetRules.HeaderDuplicate(names[i]));
        }

        csv.SkipsBlankLines = names.Length > 1;
        return names;
    }

    private static bool IsBinary(char c) => char.IsControl(c) && c is not ('\n' or '\r' or '\t');
}
