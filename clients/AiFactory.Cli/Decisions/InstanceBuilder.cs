using System.Globalization;
using System.Text.Json.Nodes;
using AiFactory.Cli.Csv;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Decisions;

/// <summary>
/// Turns rows of CSV into instances of named values: numbers where the model takes numbers, text elsewhere; an empty field is a missing value.
/// </summary>
internal sealed class InstanceBuilder
{
    private readonly CsvTable table;
    private readonly IReadOnlyList<Column> columns;

    private InstanceBuilder(CsvTable table, IReadOnlyList<Column> columns, IReadOnlyList<string> ignored)
    {
        this.table = table;
        this.columns = columns;
        Ignored = ignored;
    }

    /// <summary>Columns of the file that the model does not take.</summary>
    public IReadOnlyList<string> Ignored { get; }

    private enum FieldKind
    {
        Text,
        Number,
        Boolean,
    }

    /// <summary>Types as the models' signatures state them.</summary>
    /// <param name="keyField">The endpoint's key field; null: it has none.</param>
    /// <param name="keyColumn">Column that holds the key; null: the one named like the field.</param>
    public static InstanceBuilder ForSignatures(CsvTable table, IEnumerable<ModelSignature> signatures, string? keyField, string? keyColumn)
    {
        var kinds = new Dictionary<string, FieldKind>(StringComparer.Ordinal);
        foreach (var input in signatures.SelectMany(signature => signature.Inputs))
        {
            kinds[input.Name] = KindOf(input.DataType);
        }

        return Build(table, keyField, keyColumn, name => kinds.TryGetValue(name, out var kind) ? kind : null);
    }

    /// <summary>Types as the values look: a column whose every value is a number is one of numbers.</summary>
    public static InstanceBuilder ByLook(CsvTable table, string? keyField, string? keyColumn) => Build(table, keyField, keyColumn, name =>
    {
        var position = table.Position(name);
        return table.Rows.All(row => row[position].Length == 0 || IsNumber(row[position], out _)) ? FieldKind.Number : FieldKind.Text;
    });

    /// <summary>The instance of one row.</summary>
    /// <exception cref="RefusedException">A field that should be a number is none.</exception>
    public JsonObject Build(int row)
    {
        var fields = table.Rows[row];
        var instance = new JsonObject();
        foreach (var column in columns)
        {
            instance[column.Field] = Value(fields[column.Position], column, row);
        }

        return instance;
    }

    private static InstanceBuilder Build(CsvTable table, string? keyField, string? keyColumn, Func<string, FieldKind?> kindOf)
    {
        var columns = new List<Column>();
        var ignored = new List<string>();
        var source = keyColumn ?? (keyField is not null && table.Has(keyField) ? keyField : null);
        if (keyColumn is not null && keyField is null)
        {
            throw new RefusedException(new Refusal(
                "key-field-missing", RefusalKind.Unprocessable, "The endpoint has no key field.", $"--key {keyColumn}", "Deploy it with --key FIELD, or leave --key out here."));
        }

        if (source is not null)
        {
            columns.Add(new Column(keyField!, source, table.Position(source), FieldKind.Text));
        }

        foreach (var name in table.Columns)
        {
            if (name == source)
            {
                continue;
            }

            if (kindOf(name) is { } kind)
            {
                columns.Add(new Column(name, name, table.Position(name), kind));
            }
            else
            {
                ignored.Add(name);
            }
        }

        return new InstanceBuilder(table, columns, ignored);
    }

    private static JsonValue? Value(string text, Column column, int row) => text.Length == 0
        ? null
        : column.Kind switch
        {
            FieldKind.Number => IsNumber(text, out var number) ? JsonValue.Create(number) : throw NotA("number", text, column, row),
            FieldKind.Boolean => bool.TryParse(text, out var flag) ? JsonValue.Create(flag) : throw NotA("boolean", text, column, row),
            _ => JsonValue.Create(text),
        };

    private static bool IsNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static FieldKind KindOf(TensorDataType type) => type switch
    {
        TensorDataType.Bytes => FieldKind.Text,
        TensorDataType.Bool => FieldKind.Boolean,
        _ => FieldKind.Number,
    };

    private static RefusedException NotA(string kind, string text, Column column, int row) => new(new Refusal(
        "wrong-type", RefusalKind.Unprocessable, $"'{text}' is not a {kind}.", $"column {column.Source}, row {row + 1}", $"The model takes a {kind} there; mend the file, or leave the field empty."));

    private sealed record Column(string Field, string Source, int Position, FieldKind Kind);
}
