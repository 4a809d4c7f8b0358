using AiFactory.Domain.Datasets;

namespace AiFactory.Domain.Tests.Datasets;

public sealed class DatasetRulesTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly DataContract Contract = new("people", "1.0.0", [new("id", ColumnType.Integer), new("city", ColumnType.String)],
        RowsMin: 2, RowsMax: 10, AgeMax: TimeSpan.FromHours(1), QuarantinedFractionMax: 0.25);

    [Fact]
    public void MatchHeader_OtherOrder_MapsFieldsToColumns() => Assert.Equal([1, 0], DatasetRules.MatchHeader(Contract, ["city", "id"]).OrThrow());

    [Theory]
    [InlineData("id", "lacks column 'city'")]
    [InlineData("id,city,zip", "has unknown column 'zip'")]
    [InlineData("ID,city", "lacks column 'id' and has unknown column 'ID'")]
    public void MatchHeader_OtherNames_AreNamed(string header, string expected)
    {
        var refusal = DatasetRules.MatchHeader(Contract, header.Split(',')).Refusal;
        Assert.Equal("header-mismatch", refusal?.Code);
        Assert.Contains(expected, refusal!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void MatchHeader_NameTwice_IsRefused() => Assert.Equal("header-duplicate", DatasetRules.MatchHeader(Contract, ["id", "city", "id"]).Refusal?.Code);

    [Fact]
    public void MatchHeader_OtherSeparator_IsGuessed() =>
        Assert.Contains("';'", DatasetRules.MatchHeader(Contract, ["id;city"]).Refusal?.Mend, StringComparison.Ordinal);

    [Theory]
    [InlineData(10, 0, null)]
    [InlineData(8, 2, null)]
    [InlineData(8, 3, "too-many-bad-rows")]
    [InlineData(11, 0, "too-many-rows")]
    [InlineData(1, 0, "too-few-rows")]
    [InlineData(0, 0, "too-few-rows")]
    public void CheckCounts_Rows_AreHeldAgainstTheContract(long read, long quarantined, string? code) =>
        Assert.Equal(code, DatasetRules.CheckCounts(Contract, new RowCounts(read, quarantined))?.Code);

    [Fact]
    public void CheckCounts_TooManyBad_ShowsTheFirstFault() =>
        Assert.Contains("row 3, column 'id', wrong-type",
            DatasetRules.CheckCounts(Contract, new(4, 4, new(3, "id", QuarantineReason.WrongType, "x", "x,y")))?.Where, StringComparison.Ordinal);

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, "too-old")]
    [InlineData(-5, null)]
    public void CheckAge_StatedTime_IsHeldAgainstTheLimit(int minutes, string? code) =>
        Assert.Equal(code, DatasetRules.CheckAge(Contract, Source(Now.AddMinutes(-minutes)), Now)?.Code);

    [Fact]
    public void CheckAge_NoStatedTime_IsRefusedOnlyUnderALimit()
    {
        Assert.Equal("age-unknown", DatasetRules.CheckAge(Contract, Source(null), Now)?.Code);
        Assert.Null(DatasetRules.CheckAge(Contract with { AgeMax = null }, Source(null), Now));
    }

    public static TheoryData<DataContract, string> InvalidContracts => new()
    {
        { Contract with { Name = " " }, "name" },
        { Contract with { Columns = [] }, "columns" },
        { Contract with { Columns = [Contract.Columns[0], Contract.Columns[0]] }, "id" },
        { Contract with { Columns = [new("", ColumnType.String)] }, "columns[0]" },
        { Contract with { Columns = [new("c", ColumnType.String, Minimum: 1)] }, "c" },
        { Contract with { Columns = [new("c", ColumnType.Number, Minimum: 2, Maximum: 1)] }, "c" },
        { Contract with { Columns = [new("c", ColumnType.Number, Minimum: double.NaN)] }, "c" },
        { Contract with { Columns = [new("c", ColumnType.Integer, AllowedValues: ["1", "x"])] }, "c" },
        { Contract with { Columns = [new("c", ColumnType.String, AllowedValues: [])] }, "c" },
        { Contract with { RowsMin = 11 }, "rowsMax" },
        { Contract with { RowsMin = -1 }, "rowsMin" },
        { Contract with { QuarantinedFractionMax = double.NaN }, "quarantinedFractionMax" },
        { Contract with { AgeMax = TimeSpan.FromHours(-1) }, "ageMax" },
    };

    [Theory]
    [MemberData(nameof(InvalidContracts))]
    public void Check_ContractThatContradictsItself_IsRefusedWithThePlace(DataContract contract, string where)
    {
        var refusal = ContractRules.Check(contract).Refusal;
        Assert.Equal(("contract-invalid", where), (refusal?.Code, refusal?.Where));
    }

    [Fact]
    public void Check_SoundContract_IsGranted() => Assert.Same(Contract, ContractRules.Check(Contract).OrThrow());

    private static SourceFile Source(DateTimeOffset? modifiedAt) => new("people.csv", new string('0', 64), 1, modifiedAt);
}
