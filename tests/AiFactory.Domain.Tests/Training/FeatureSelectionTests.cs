using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Tests.Training;

public sealed class FeatureSelectionTests
{
    private static readonly DataContract Contract = new("t", "1.0.0",
    [
        new("id", ColumnType.Integer, Required: true, Unique: true),
        new("when", ColumnType.Timestamp),
        new("calls", ColumnType.Integer),
        new("plan", ColumnType.String),
        new("label", ColumnType.String),
        new("minutes", ColumnType.Number, Unique: true),
        new("active", ColumnType.Boolean),
    ]);

    [Fact]
    public void Features_MixedContract_LeavesOutKeyTimestampAndLabel() => Assert.Equal(
        [
            new("calls", FeatureKind.Numeric), new("plan", FeatureKind.Categorical), new("minutes", FeatureKind.Numeric), new("active", FeatureKind.Categorical),
        ],
        FeatureSelection.Features(Contract, "label").OrThrow());

    [Fact]
    public void Features_UnknownLabel_NamesTheColumns() =>
        Assert.Contains("calls", FeatureSelection.Features(Contract, "lable").Refusal?.Mend, StringComparison.Ordinal);

    [Fact]
    public void Features_OnlyKeyAndLabel_IsRefused() => Assert.Equal(
        "features-missing",
        FeatureSelection.Features(Contract with { Columns = [Contract.Columns[0], Contract.Columns[4]] }, "label").Refusal?.Code);

    [Fact]
    public void Features_ColumnCalledAsTheOutput_IsRefused() => Assert.Equal(
        "feature-name-reserved",
        FeatureSelection.Features(Contract with { Columns = [.. Contract.Columns, new("probability", ColumnType.Number)] }, "label").Refusal?.Code);

    [Fact]
    public void Classes_TwoValues_TakesTheRarerAsPositive()
    {
        Assert.Equal(new LabelClasses("no", "yes"), FeatureSelection.Classes("l", [new("yes", 1), new("no", 9)], null).OrThrow());
        Assert.Equal(new LabelClasses("yes", "no"), FeatureSelection.Classes("l", [new("yes", 9), new("no", 1)], null).OrThrow());
    }

    [Fact]
    public void Classes_Tie_TakesTheLaterInOrdinalOrder() =>
        Assert.Equal(new LabelClasses("0", "1"), FeatureSelection.Classes("l", [new("1", 5), new("0", 5)], null).OrThrow());

    [Fact]
    public void Classes_PositiveGiven_IsTaken() =>
        Assert.Equal(new LabelClasses("yes", "no"), FeatureSelection.Classes("l", [new("yes", 1), new("no", 9)], "no").OrThrow());

    [Fact]
    public void Classes_MissingLabels_AreCounted() =>
        Assert.StartsWith("3 rows", FeatureSelection.Classes("l", [new("", 3), new("a", 5), new("b", 5)], null).Refusal?.What, StringComparison.Ordinal);
}
