using AiFactory.Domain.Datasets;

namespace AiFactory.Lakehouse.Datasets;

/// <summary>The document as maps and lists, in the order a person reads it, for any serializer.</summary>
internal static class OdcsWriter
{
    public static Dictionary<string, object> Write(DataContract contract)
    {
        var table = new Dictionary<string, object>
        {
            ["name"] = contract.Name,
            ["logicalType"] = "object",
            ["physicalType"] = "table",
            ["quality"] = RowCounts(contract).ToList(),
            ["properties"] = contract.Columns.Select(Property).ToList(),
        };
        var document = new Dictionary<string, object>
        {
            ["apiVersion"] = OdcsReader.ApiVersion,
            ["kind"] = OdcsReader.Kind,
            ["id"] = contract.Name,
            ["name"] = contract.Name,
            ["version"] = contract.Version,
            ["status"] = "active",
            ["schema"] = new List<object> { table },
        };
        if (contract.AgeMax is { } age)
        {
            var (value, unit) = Duration(age);
            document["slaProperties"] = new List<object> { new Dictionary<string, object> { ["property"] = OdcsReader.Freshness, ["value"] = value, ["unit"] = unit } };
        }

        document["customProperties"] = new List<object>
        {
            new Dictionary<string, object> { ["property"] = OdcsReader.QuarantinedFraction, ["value"] = contract.QuarantinedFractionMax },
        };
        return document;
    }

    /// <summary>One comparison a check: the standard allows no more.</summary>
    private static IEnumerable<object> RowCounts(DataContract contract)
    {
        yield return new Dictionary<string, object> { ["metric"] = OdcsReader.RowCount, ["mustBeGreaterOrEqualTo"] = contract.RowsMin };
        if (contract.RowsMax is { } most) yield return new Dictionary<string, object> { ["metric"] = OdcsReader.RowCount, ["mustBeLessOrEqualTo"] = most };
    }

    private static Dictionary<string, object> Property(ColumnContract column)
    {
        var property = new Dictionary<string, object> { ["name"] = column.Name, ["logicalType"] = OdcsReader.NameOf(column.Type) };
        if (column.Description is { } description) property["description"] = description;
        if (column.Required) property["required"] = true;
        if (column.Unique) property["unique"] = true;
        if (column.Minimum is not null || column.Maximum is not null)
        {
            var options = new Dictionary<string, object>();
            if (column.Minimum is { } minimum) options["minimum"] = minimum;
            if (column.Maximum is { } maximum) options["maximum"] = maximum;
            property["logicalTypeOptions"] = options;
        }

        if (column.AllowedValues is { } values)
        {
            property["quality"] = new List<object>
            {
                new Dictionary<string, object>
                {
                    ["metric"] = OdcsReader.InvalidValues,
                    ["arguments"] = new Dictionary<string, object> { [OdcsReader.ValidValues] = values.ToList() },
                    ["mustBe"] = 0,
                },
            };
        }

        return property;
    }

    private static (long Value, string Unit) Duration(TimeSpan age)
    {
        var (unit, ticks) = OdcsReader.DurationUnits.First(candidate => age.Ticks % candidate.Ticks == 0);
        return (age.Ticks / ticks, unit);
    }
}
