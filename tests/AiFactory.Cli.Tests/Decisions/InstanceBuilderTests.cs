using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Csv;
using AiFactory.Cli.Decisions;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Tests.Decisions;

public sealed class InstanceBuilderTests
{
    private static readonly ModelSignature Signature = new(
        [new TensorSpec("minutes", TensorDataType.Fp32, [1]), new TensorSpec("area", TensorDataType.Bytes, [1])], [new TensorSpec("probability", TensorDataType.Fp32, [1])]);

    [Fact]
    public void Build_BySignature_TypesValuesAndLeavesOthersOut()
    {
        var builder = InstanceBuilder.ForSignatures(Table("id,minutes,area,churn\n7,1.5,415,no\n8,,,yes\n"), [Signature], "id", null);
        Assert.Equal("""{"id":"7","minutes":1.5,"area":"415"}""", builder.Build(0).ToJsonString());
        Assert.Equal("""{"id":"8","minutes":null,"area":null}""", builder.Build(1).ToJsonString());
        Assert.Equal(["churn"], builder.Ignored);
    }

    [Fact]
    public void Build_KeyColumnOfAnotherName_IsRenamed() =>
        Assert.Equal("""{"id":"7","minutes":1}""", InstanceBuilder.ForSignatures(Table("customer,minutes\n7,1\n"), [Signature], "id", "customer").Build(0).ToJsonString());

    [Fact]
    public void Build_KeyColumnWithoutKeyField_IsRefused() =>
        Assert.Throws<RefusedException>(() => InstanceBuilder.ForSignatures(Table("customer\n7\n"), [Signature], null, "customer"));

    [Theory]
    [InlineData("many")]
    [InlineData("NaN")]
    public void Build_NoNumberWhereOneIsDue_IsRefusedWithItsPlace(string text)
    {
        var refused = Assert.Throws<RefusedException>(() => InstanceBuilder.ForSignatures(Table($"minutes\n{text}\n"), [Signature], null, null).Build(0));
        Assert.Equal("column minutes, row 1", refused.Refusal.Where);
    }

    [Fact]
    public void Build_ByLook_TakesColumnsOfNumbersAsNumbers() =>
        Assert.Equal("""{"a":1,"b":"x"}""", InstanceBuilder.ByLook(Table("a,b\n1,x\n2.5,3\n"), null, null).Build(0).ToJsonString());

    [Fact]
    public void Reports_ByKey_AreJoinedWithTheDecisions()
    {
        var ids = new Dictionary<string, string> { ["7"] = "silo-1-0" };
        var reports = OutcomeCommand.Reports(Table("id,churn\n7,no\n9,yes\n"), "churn", "id", ids, out var unmatched);
        Assert.Equal([new OutcomeReport("silo-1-0", "no")], reports);
        Assert.Equal(1, unmatched);
    }

    [Fact]
    public async Task DecisionFile_WrittenAndRead_GivesIdsByUnit()
    {
        DecisionResponse[] decisions = [new("silo-1-a", "C1", "yes", 0.75, null, "mlp", "m@1"), new("silo-1-b", "C1", "yes", 0.75, null, "mlp", "m@1"), new("silo-1-c", null, null, null, null, "mlp", "m@1")];
        foreach (var extension in new[] { ".csv", ".json" })
        {
            var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}{extension}");
            try
            {
                await DecisionFile.Write(path, decisions, TestContext.Current.CancellationToken);
                Assert.Equal(new Dictionary<string, string> { ["C1"] = "silo-1-a" }, DecisionFile.IdsByUnit(path));
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void LatencySummary_HundredValues_AreNearestRanks() =>
        Assert.Equal(new LatencySummary(50, 95, 99, 100), LatencySummary.Of(Enumerable.Range(1, 100).Reverse().Select(i => (double)i)));

    [Fact]
    public void NamedVersion_NotANumber_IsUsage()
    {
        Assert.Equal(new NamedVersion("n", 3), NamedVersion.Parse("n@3"));
        Assert.Throws<UsageException>(() => NamedVersion.Parse("n@three"));
    }

    private static CsvTable Table(string text) => CsvTable.Read(new StringReader(text), "rows.csv");
}
