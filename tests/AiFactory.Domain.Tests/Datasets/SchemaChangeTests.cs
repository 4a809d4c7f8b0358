using AiFactory.Domain.Datasets;

namespace AiFactory.Domain.Tests.Datasets;

public sealed class SchemaChangeTests
{
    private static readonly ColumnContract Key = new("id", ColumnType.Integer, Required: true, Unique: true);
    private static readonly ColumnContract Age = new("age", ColumnType.Integer, Minimum: 0, Maximum: 120);

    public static TheoryData<ColumnContract[], SchemaChangeKind, bool> Changes => new()
    {
        { [Key], SchemaChangeKind.ColumnRemoved, true },
        { [Key, Age with { Type = ColumnType.Number }], SchemaChangeKind.TypeChanged, true },
        { [Key with { Required = false }, Age], SchemaChangeKind.NullsAllowed, true },
        { [Key with { Unique = false }, Age], SchemaChangeKind.DuplicatesAllowed, true },
        { [Key, Age, new("city", ColumnType.String)], SchemaChangeKind.ColumnAdded, false },
        { [Key, Age with { Required = true }], SchemaChangeKind.Tightened, false },
        { [Key, Age with { Unique = true }], SchemaChangeKind.Tightened, false },
        { [Key, Age with { Maximum = 150 }], SchemaChangeKind.ValuesChanged, false },
        { [Key, Age with { AllowedValues = ["1"] }], SchemaChangeKind.ValuesChanged, false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Between_OneChange_IsNamedAndJudged(ColumnContract[] next, SchemaChangeKind kind, bool breaking)
    {
        var change = Assert.Single(SchemaChange.Between(Contract(Key, Age), Contract(next)));
        Assert.Equal((kind, breaking), (change.Kind, change.Breaking));
    }

    [Fact]
    public void Between_OtherOrderOfColumnsAndValues_IsNoChange()
    {
        var coloured = new ColumnContract("colour", ColumnType.String, AllowedValues: ["red", "blue"]);
        Assert.Empty(SchemaChange.Between(Contract(Key, coloured), Contract(coloured with { AllowedValues = ["blue", "red"] }, Key)));
    }

    [Fact]
    public void CheckSchema_SeveralBreakingChanges_NamesThemAll()
    {
        var refusal = DatasetRules.CheckSchema(Contract(Key, Age), Contract(Key with { Type = ColumnType.String }));
        Assert.Equal("schema-change-breaking", refusal?.Code);
        Assert.Contains("'id' changed from Integer to String", refusal!.What, StringComparison.Ordinal);
        Assert.Contains("'age' is gone", refusal.What, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckSchema_CompatibleChanges_AreGranted() =>
        Assert.Null(DatasetRules.CheckSchema(Contract(Key, Age), Contract(Age with { Minimum = null }, Key, new("city", ColumnType.String, Required: true))));

    private static DataContract Contract(params ColumnContract[] columns) => new("people", "1.0.0", columns);
}
