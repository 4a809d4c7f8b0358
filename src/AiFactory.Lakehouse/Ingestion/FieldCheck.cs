using System.Text;
using AiFactory.Domain.Datasets;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>Holds the fields of one column against its contract and takes them into the present batch.</summary>
internal abstract class FieldCheck(ColumnContract contract, KeySet? keys)
{
    private UInt128? pendingKey;

    /// <summary>Where values go from now on.</summary>
    public abstract void Bind(ColumnBuilder builder);

    /// <summary>
    /// Appends the value, or a null where one may be and also where there is a fault: every call appends one row, which the caller
    /// removes again when any field of it was at fault.
    /// </summary>
    public void Take(ReadOnlySpan<byte> field, int index, RowFaults faults)
    {
        pendingKey = null;
        if (field.IsEmpty)
        {
            if (contract.Required) faults.Add(index, QuarantineReason.Missing);
            AppendNull();
        }
        else
        {
            TakeValue(field, index, faults);
        }
    }

    /// <summary>Makes the key of the row last taken, which turned out good, one that must not come again.</summary>
    public void Accept()
    {
        if (pendingKey is { } key) keys!.Add(key);
    }

    protected abstract void AppendNull();

    protected abstract void TakeValue(ReadOnlySpan<byte> field, int index, RowFaults faults);

    protected bool IsUnique => keys is not null;

    protected void CheckKey(UInt128 key, int index, RowFaults faults)
    {
        if (keys!.Contains(key)) faults.Add(index, QuarantineReason.DuplicateKey);
        else pendingKey = key;
    }

    public static FieldCheck Of(ColumnContract contract, KeySet? keys) => contract.Type switch
    {
        ColumnType.Integer => new ValueCheck<long>(contract, keys, FieldText.TryInteger, Key.Of, value => value),
        ColumnType.Number => new ValueCheck<double>(contract, keys, FieldText.TryNumber, Key.Of, value => value),
        ColumnType.Boolean => new ValueCheck<bool>(contract, keys, FieldText.TryBoolean, Key.Of, null),
        ColumnType.Timestamp => new ValueCheck<long>(contract, keys, FieldText.TryTimestamp, Key.Of, null),
        _ => new TextCheck(contract, keys),
    };
}

internal delegate bool FieldParser<T>(ReadOnlySpan<byte> text, out T value);

/// <param name="asNumber">For ranges; null for types that have none.</param>
internal sealed class ValueCheck<T>(ColumnContract contract, KeySet? keys, FieldParser<T> parse, Func<T, UInt128> key, Func<T, double>? asNumber)
    : FieldCheck(contract, keys)
    where T : unmanaged, IEquatable<T>
{
    private readonly HashSet<T>? allowed = contract.AllowedValues is null ? null : [.. contract.AllowedValues.Select(text => Parse(parse, text))];
    private readonly bool ranged = asNumber is not null && (contract.Minimum is not null || contract.Maximum is not null);
    private readonly double minimum = contract.Minimum ?? double.NegativeInfinity, maximum = contract.Maximum ?? double.PositiveInfinity;
    private ValueBuilder<T>? target;

    public override void Bind(ColumnBuilder builder) => target = (ValueBuilder<T>)builder;

    protected override void AppendNull() => target!.AppendNull();

    protected override void TakeValue(ReadOnlySpan<byte> field, int index, RowFaults faults)
    {
        if (!parse(field, out var value))
        {
            faults.Add(index, QuarantineReason.WrongType);
            AppendNull();
            return;
        }

        target!.Append(value);
        if (ranged && !(asNumber!(value) >= minimum && asNumber(value) <= maximum)) faults.Add(index, QuarantineReason.OutOfRange);
        if (allowed?.Contains(value) == false) faults.Add(index, QuarantineReason.NotAllowed);
        if (IsUnique) CheckKey(key(value), index, faults);
    }

    private static T Parse(FieldParser<T> parse, string text) =>
        parse(Encoding.UTF8.GetBytes(text), out var value) ? value : throw new ArgumentException($"'{text}' is not of the column's type.", nameof(text));
}

internal sealed class TextCheck(ColumnContract contract, KeySet? keys) : FieldCheck(contract, keys)
{
    private readonly AllowedTexts? allowed = contract.AllowedValues is null ? null : new AllowedTexts(contract.AllowedValues);
    private TextBuilder? target;

    public override void Bind(ColumnBuilder builder) => target = (TextBuilder)builder;

    protected override void AppendNull() => target!.AppendNull();

    protected override void TakeValue(ReadOnlySpan<byte> field, int index, RowFaults faults)
    {
        target!.Append(field);
        if (allowed?.Contains(field) == false) faults.Add(index, QuarantineReason.NotAllowed);
        if (IsUnique) CheckKey(Key.Of(field), index, faults);
    }
}
