namespace AiFactory.Domain.Datasets;

/// <summary>
/// How one column of a contract differs from the version before. Readers of a dataset (features, models, joins) rely on columns being
/// there, on their types, on required ones having values and on keys staying keys: taking one of these away is breaking. Everything else
/// leaves old readers working.
/// </summary>
public enum SchemaChangeKind
{
    /// <summary>Breaking.</summary>
    ColumnRemoved,

    /// <summary>Breaking, integer to number included: files of both types stand behind one name, and integers lose exactness.</summary>
    TypeChanged,

    /// <summary>Breaking: a required column may now be empty.</summary>
    NullsAllowed,

    /// <summary>Breaking: values of a unique column may now repeat.</summary>
    DuplicatesAllowed,

    /// <summary>Compatible.</summary>
    ColumnAdded,

    /// <summary>Compatible: an optional column became required, or a column unique.</summary>
    Tightened,

    /// <summary>Compatible: a range or a set of allowed values changed, either way. It speaks of values, not of the schema.</summary>
    ValuesChanged,
}

/// <param name="Detail">The change in words, for a person.</param>
public sealed record SchemaChange(SchemaChangeKind Kind, string Column, string Detail)
{
    public bool Breaking => Kind is SchemaChangeKind.ColumnRemoved or SchemaChangeKind.TypeChanged
        or SchemaChangeKind.NullsAllowed or SchemaChangeKind.DuplicatesAllowed;

    /// <summary>All changes from one contract to the next, by column: those of the former's columns first. The order of columns is no change.</summary>
    public static IReadOnlyList<SchemaChange> Between(DataContract former, DataContract next)
    {
        var now = next.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        var before = former.Columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        var kept = former.Columns.SelectMany(column =>
            now.TryGetValue(column.Name, out var successor)
                ? OfColumn(column, successor)
                : [new(SchemaChangeKind.ColumnRemoved, column.Name, $"column '{column.Name}' is gone")]);
        var added = next.Columns.Where(column => !before.Contains(column.Name))
            .Select(column => new SchemaChange(SchemaChangeKind.ColumnAdded, column.Name, $"column '{column.Name}' is new"));
        return [.. kept, .. added];
    }

    private static IEnumerable<SchemaChange> OfColumn(ColumnContract was, ColumnContract now)
    {
        SchemaChange Change(SchemaChangeKind kind, string detail) => new(kind, was.Name, $"column '{was.Name}' {detail}");

        if (was.Type != now.Type) yield return Change(SchemaChangeKind.TypeChanged, $"changed from {was.Type} to {now.Type}");
        if (was.Required && !now.Required) yield return Change(SchemaChangeKind.NullsAllowed, "may now be empty");
        if (was.Unique && !now.Unique) yield return Change(SchemaChangeKind.DuplicatesAllowed, "may now repeat values");
        if (!was.Required && now.Required) yield return Change(SchemaChangeKind.Tightened, "must now have values");
        if (!was.Unique && now.Unique) yield return Change(SchemaChangeKind.Tightened, "may no longer repeat values");
        if (was.Minimum != now.Minimum || was.Maximum != now.Maximum) yield return Change(SchemaChangeKind.ValuesChanged, "has another range");
        if (!SameValues(was.AllowedValues, now.AllowedValues)) yield return Change(SchemaChangeKind.ValuesChanged, "has other allowed values");
    }

    private static bool SameValues(IReadOnlyList<string>? was, IReadOnlyList<string>? now) =>
        was is null || now is null ? was is null && now is null : was.ToHashSet(StringComparer.Ordinal).SetEquals(now);
}
