using AiFactory.Domain.Datasets;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>Reads the parts of a document that a <see cref="DataContract"/> has.</summary>
internal static class OdcsReader
{
    public const string ApiVersion = "v3.1.0", Kind = "DataContract";
    public const string RowCount = "rowCount", InvalidValues = "invalidValues", ValidValues = "validValues";
    public const string Freshness = "freshness", QuarantinedFraction = "quarantinedFractionMax";

    /// <summary>Longest first; the last divides every duration.</summary>
    public static readonly IReadOnlyList<(string Name, long Ticks)> DurationUnits =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("ticks", 1),
    ];

    private static readonly Dictionary<string, ColumnType> Types = new(StringComparer.Ordinal)
    {
        ["string"] = ColumnType.String,
        ["integer"] = ColumnType.Integer,
        ["number"] = ColumnType.Number,
        ["boolean"] = ColumnType.Boolean,
        ["timestamp"] = ColumnType.Timestamp,
        ["date"] = ColumnType.Timestamp,
    };

    private static readonly Dictionary<string, string> UnitNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["day"] = "d",
        ["days"] = "d",
        ["hr"] = "h",
        ["hour"] = "h",
        ["hours"] = "h",
        ["min"] = "m",
        ["minute"] = "m",
        ["minutes"] = "m",
        ["sec"] = "s",
        ["second"] = "s",
        ["seconds"] = "s",
    };

    public static string NameOf(ColumnType type) => Types.First(pair => pair.Value == type).Key;

    /// <exception cref="Domain.Refusals.RefusedException"><c>contract-malformed</c>, with the place.</exception>
    public static DataContract Read(OdcsNode document)
    {
        if (document.Required("kind").Text() != Kind) throw document.Required("kind").Malformed($"is not '{Kind}'", $"Write kind: {Kind}.");
        var apiVersion = document.Required("apiVersion");
        if (!apiVersion.Text().StartsWith("v3.", StringComparison.Ordinal)) throw apiVersion.Malformed("is not v3", $"Write apiVersion: {ApiVersion}.");
        var tables = document.Required("schema").Items();
        if (tables.Count != 1) throw document.Required("schema").Malformed($"has {tables.Count} objects", "Describe exactly one table.");
        var table = tables[0];
        var (rowsMin, rowsMax) = ReadRowCounts(table.Optional("quality"));
        return new DataContract(
            (document.Optional("name") ?? table.Required("name")).Text(),
            document.Required("version").Text(),
            [.. table.Required("properties").Items().Select(ReadColumn)],
            rowsMin ?? 1,
            rowsMax,
            Entry(document.Optional("slaProperties"), Freshness) is { } age ? ReadDuration(age) : null,
            Entry(document.Optional("customProperties"), QuarantinedFraction)?.Required("value").Number() ?? 0.1);
    }

    private static ColumnContract ReadColumn(OdcsNode property)
    {
        var type = property.Required("logicalType");
        if (!Types.TryGetValue(type.Text(), out var columnType))
            throw type.Malformed($"'{type.Text()}' is not supported", $"Use one of: {string.Join(", ", Types.Keys)}.");
        var options = property.Optional("logicalTypeOptions");
        var key = property.Optional("primaryKey")?.Flag() ?? false;
        return new ColumnContract(
            property.Required("name").Text(),
            columnType,
            key || (property.Optional("required")?.Flag() ?? false),
            key || (property.Optional("unique")?.Flag() ?? false),
            options?.Optional("minimum")?.Number(),
            options?.Optional("maximum")?.Number(),
            Metrics(property.Optional("quality"), InvalidValues).Select(ReadValidValues).FirstOrDefault(values => values is not null),
            property.Optional("description")?.Text());
    }

    private static List<string>? ReadValidValues(OdcsNode check) =>
        check.Optional("arguments")?.Optional(ValidValues)?.Items().Select(value => value.Text()).ToList();

    private static (long? Fewest, long? Most) ReadRowCounts(OdcsNode? quality)
    {
        long? fewest = null, most = null;
        foreach (var check in Metrics(quality, RowCount))
        {
            fewest = check.Optional("mustBeGreaterOrEqualTo")?.Whole() ?? check.Optional("mustBeGreaterThan")?.Whole() + 1 ?? fewest;
            most = check.Optional("mustBeLessOrEqualTo")?.Whole() ?? check.Optional("mustBeLessThan")?.Whole() - 1 ?? most;
            if (check.Optional("mustBe") is { } exact) fewest = most = exact.Whole();
            if (check.Optional("mustBeBetween") is not { } between) continue;
            var bounds = between.Items();
            if (bounds.Count != 2) throw between.Malformed("is not a pair", "Write [fewest, most].");
            (fewest, most) = (bounds[0].Whole(), bounds[1].Whole());
        }

        return (fewest, most);
    }

    private static IEnumerable<OdcsNode> Metrics(OdcsNode? quality, string metric) =>
        (quality?.Items() ?? []).Where(check => (check.Optional("metric") ?? check.Optional("rule"))?.Text() == metric);

    private static OdcsNode? Entry(OdcsNode? list, string property) =>
        (list?.Items() ?? []).FirstOrDefault(entry => entry.Required("property").Text() == property);

    private static TimeSpan ReadDuration(OdcsNode entry)
    {
        var unit = entry.Required("unit");
        var name = UnitNames.GetValueOrDefault(unit.Text(), unit.Text());
        var ticks = DurationUnits.FirstOrDefault(candidate => candidate.Name == name).Ticks;
        if (ticks == 0) throw unit.Malformed($"'{unit.Text()}' is not supported", $"Use one of: {string.Join(", ", DurationUnits.Select(known => known.Name))}.");
        var value = entry.Required("value");
        if (value.TryWhole(out var whole) && whole >= 0 && whole <= long.MaxValue / ticks) return TimeSpan.FromTicks(whole * ticks);
        var total = value.Number() * ticks;
        return total is >= 0 and < long.MaxValue ? TimeSpan.FromTicks((long)total) : throw value.Malformed("is no length of time", "Write a shorter, positive one.");
    }
}
