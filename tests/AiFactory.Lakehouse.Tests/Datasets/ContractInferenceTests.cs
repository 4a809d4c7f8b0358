using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Tests.Datasets;

public sealed class ContractInferenceTests : IDisposable
{
    private readonly TestLake lake = new();

    [Fact]
    public async Task Infer_FileOfEveryType_GivesAContractItsRowsKeep()
    {
        var csv = new StringBuilder("id,mail,score,flag,at,plan,note,rank,mixed,empty\n");
        for (var i = 1; i <= 60; i++)
        {
            csv.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"{i},user{i}@example.org,{i / 4.0},{(i % 2 == 0 ? "true" : "false")},2024-01-{(i % 28) + 1:D2},{(i % 3 == 0 ? "basic" : "full")},{(i % 5 == 0 ? "" : $"text {i % 30}")},{100 - i},{(i == 60 ? "x" : i % 3)},\n");
        }

        var contract = lake.Tables.Infer("people", new MemoryStream(Encoding.UTF8.GetBytes(csv.ToString())));
        Assert.Equal(
            [
                new("id", ColumnType.Integer, Required: true, Unique: true, Minimum: 1, Maximum: 60),
                new("mail", ColumnType.String, Required: true, Unique: true),
                new("score", ColumnType.Number, Required: true, Minimum: 0.25, Maximum: 15),
                new("flag", ColumnType.Boolean, Required: true),
                new("at", ColumnType.Timestamp, Required: true),
                new("plan", ColumnType.String, Required: true),
                new("note", ColumnType.String),
                new("rank", ColumnType.Integer, Required: true, Minimum: 40, Maximum: 99),
                new("mixed", ColumnType.String, Required: true),
                new("empty", ColumnType.String),
            ],
            contract.Columns.Select(column => column with { AllowedValues = null }));
        Assert.Equal(["basic", "full"], contract.Columns[5].AllowedValues);
        Assert.Equal(["0", "1", "2", "x"], contract.Columns[8].AllowedValues);
        Assert.Null(contract.Columns[6].AllowedValues);

        var version = await lake.Ingest(csv.ToString(), contract);
        Assert.Equal((60L, 0L), (version.Rows, version.QuarantinedRows));
    }

    [Fact]
    public void Infer_EqualIntegersOfOtherTexts_AreNoKey()
    {
        var contract = lake.Tables.Infer("people", new MemoryStream("id\n7\n07\n"u8.ToArray()));
        Assert.False(contract.Columns[0].Unique);
    }

    [Theory]
    [InlineData("", "file-empty")]
    [InlineData("a,b\n", "too-few-rows")]
    [InlineData("a,a\n1,2\n", "header-duplicate")]
    [InlineData("a;b\n1;2\n", "separator-invalid")]
    [InlineData("a\tb\n1\t2\n", "separator-invalid")]
    [InlineData("\0\0\n1\n", "header-invalid")]
    public void Infer_FileWithoutRows_IsRefused(string csv, string code) =>
        Assert.Equal(code, Assert.Throws<RefusedException>(() => lake.Tables.Infer("people", new MemoryStream(Encoding.UTF8.GetBytes(csv)))).Refusal.Code);

    public void Dispose() => lake.Dispose();
}
