using System.Text;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Datasets;

/// <summary>What makes a contract one that files can be held against.</summary>
public static class ContractRules
{
    /// <summary>Most columns a contract or a file may have.</summary>
    public const int ColumnsMax = 4096;

    /// <summary>The contract itself, or the first thing wrong with it (<c>contract-invalid</c>).</summary>
    public static Ruling<DataContract> Check(DataContract contract)
    {
        var fault = OfWhole(contract) ?? contract.Columns.Select((column, index) => OfColumn(column, index)).FirstOrDefault(refusal => refusal is not null);
        return fault is null ? contract : fault;
    }

    private static Refusal? OfWhole(DataContract contract)
    {
        if (string.IsNullOrWhiteSpace(contract.Name)) return Invalid("The contract has no name.", "name", "Give it one.");
        if (contract.Columns is not { Count: > 0 }) return Invalid("The contract has no columns.", "columns", "List every column of the file.");
        if (contract.Columns.Count > ColumnsMax)
            return Invalid($"The contract has {contract.Columns.Count} columns.", "columns", $"Use at most {ColumnsMax}.");
        var twice = contract.Columns.GroupBy(column => column.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) return Invalid($"Column '{twice.Key}' is in the contract {twice.Count()} times.", twice.Key, "Name each column once.");
        if (contract.RowsMin < 0) return Invalid("The fewest rows cannot be negative.", "rowsMin", "Use 0 or more.");
        if (contract.RowsMax < contract.RowsMin)
            return Invalid($"The most rows ({contract.RowsMax}) are under the fewest ({contract.RowsMin}).", "rowsMax", "Exchange them.");
        if (contract.AgeMax < TimeSpan.Zero) return Invalid("The greatest age cannot be negative.", "ageMax", "Use a positive duration.");
        return contract.QuarantinedFractionMax is >= 0 and <= 1
            ? null
            : Invalid("The share of rows in quarantine must lie between 0 and 1.", "quarantinedFractionMax", "Write 0.1 for ten percent.");
    }

    private static Refusal? OfColumn(ColumnContract column, int index)
    {
        if (string.IsNullOrEmpty(column.Name)) return Invalid($"Column {index + 1} has no name.", $"columns[{index}]", "Give it the name in the file's header.");
        if (!Enum.IsDefined(column.Type)) return Invalid($"Column '{column.Name}' has no known type.", column.Name, "Use one of the listed types.");
        var numeric = column.Type is ColumnType.Integer or ColumnType.Number;
        if (!numeric && (column.Minimum is not null || column.Maximum is not null))
            return Invalid($"Column '{column.Name}' has a range but is no number.", column.Name, "Remove minimum and maximum, or change its type.");
        if (column.Minimum is { } low && !double.IsFinite(low) || column.Maximum is { } high && !double.IsFinite(high))
            return Invalid($"Column '{column.Name}' has a range that is not finite.", column.Name, "Leave out the bound there is not.");
        if (column.Minimum > column.Maximum)
            return Invalid($"Column '{column.Name}' has a minimum above its maximum.", column.Name, "Exchange them.");
        if (column.AllowedValues is { Count: 0 })
            return Invalid($"Column '{column.Name}' allows no value at all.", column.Name, "List the values, or remove the list to allow all.");
        var foreign = column.AllowedValues?.Select(value => value ?? "").FirstOrDefault(value => !IsOfType(column.Type, Encoding.UTF8.GetBytes(value)));
        return foreign is null
            ? null
            : Invalid($"Column '{column.Name}' allows '{foreign}', which is no {column.Type}.", column.Name, "List only values of the column's type.");
    }

    private static bool IsOfType(ColumnType type, ReadOnlySpan<byte> text) => type switch
    {
        ColumnType.Integer => FieldText.TryInteger(text, out _),
        ColumnType.Number => FieldText.TryNumber(text, out _),
        ColumnType.Boolean => FieldText.TryBoolean(text, out _),
        ColumnType.Timestamp => FieldText.TryTimestamp(text, out _),
        _ => text.Length > 0,
    };

    private static Refusal Invalid(string what, string where, string mend) => new("contract-invalid", RefusalKind.Unprocessable, what, where, mend);
}
