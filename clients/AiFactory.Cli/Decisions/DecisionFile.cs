using System.Globalization;
using System.Text.Json;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Csv;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Serialization;

namespace AiFactory.Cli.Decisions;

/// <summary>Decisions kept in a file, so that their outcomes can be joined to them later.</summary>
internal static class DecisionFile
{
    public const string IdColumn = "decision_id";
    public const string UnitColumn = "unit";

    /// <summary>Writes CSV or JSON, by the file's extension.</summary>
    public static async Task Write(string path, IReadOnlyList<DecisionResponse> decisions, CancellationToken cancellation)
    {
        if (IsJson(path))
        {
            await using var file = File.Create(path);
            await JsonSerializer.SerializeAsync(file, decisions, FactoryJson.Indented, cancellation);
            return;
        }

        await using var writer = new StreamWriter(path) { NewLine = "\n" };
        await writer.WriteLineAsync(CsvWriter.Line(IdColumn, UnitColumn, "prediction", "score", "variant", "model"));
        foreach (var decision in decisions)
        {
            await writer.WriteLineAsync(CsvWriter.Line(
                decision.DecisionId, decision.Unit ?? string.Empty, decision.Prediction ?? string.Empty,
                decision.Score?.ToString("R", CultureInfo.InvariantCulture) ?? string.Empty, decision.Variant, decision.Model).AsMemory(), cancellation);
        }
    }

    /// <summary>Ids of the decisions in a file, by the unit they were made for; of several for one unit the first.</summary>
    public static IReadOnlyDictionary<string, string> IdsByUnit(string path)
    {
        var pairs = IsJson(path) ? FromJson(path) : FromCsv(path);
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (unit, id) in pairs.Where(pair => pair.Unit.Length > 0))
        {
            ids.TryAdd(unit, id);
        }

        return ids.Count > 0 ? ids : throw new UsageException("The decisions file names no units.", path, "Decide on an endpoint that has a key, and keep the decisions with --out.");
    }

    private static bool IsJson(string path) => Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(string Unit, string Id)> FromCsv(string path)
    {
        var table = CsvTable.ReadFile(path);
        var (id, unit) = (table.Position(IdColumn), table.Position(UnitColumn));
        return table.Rows.Select(row => (row[unit], row[id]));
    }

    private static IEnumerable<(string Unit, string Id)> FromJson(string path)
    {
        using var file = File.OpenRead(path);
        try
        {
            var decisions = JsonSerializer.Deserialize<DecisionResponse[]>(file, FactoryJson.Options) ?? [];
            return decisions.Select(decision => (decision.Unit ?? string.Empty, decision.DecisionId));
        }
        catch (JsonException fault)
        {
            throw new UsageException($"The decisions file cannot be read: {fault.Message}", path, "Give a file that factory decide --out wrote.");
        }
    }
}
