using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Lakehouse.Tests.Ingestion;

/// <summary>Files that are refused whole: each by its own name, and with nothing left but the source.</summary>
public sealed class BadFileTests : IDisposable
{
    private readonly TestLake lake = new();

    [Theory]
    [InlineData("", "file-empty")]
    [InlineData("\n\r\n\n", "file-empty")]
    [InlineData("id,age,weight,member,joined,city,id\n", "header-duplicate")]
    [InlineData("id,age\n1,2\n", "header-mismatch")]
    [InlineData("id,age,weight,member,joined,city,zip\n", "header-mismatch")]
    [InlineData("id;age;weight;member;joined;city\n", "header-mismatch")]
    [InlineData("id,,weight,member,joined,city\n", "header-invalid")]
    [InlineData("id,age,weight,member,joined,city\n1,2,3,true,2024-01-01,\"Oslo\n", "quote-unterminated")]
    public async Task Ingest_UnreadableFile_IsRefused(string csv, string code) => await AssertRefused(csv, code);

    [Theory]
    [InlineData("1,1,1,true,2024-01-01,Oslo\n", 2, 10L, 1.0, "too-few-rows")]
    [InlineData("", 1, 10L, 1.0, "too-few-rows")]
    [InlineData("1,1,1,true,2024-01-01,Oslo\n2,1,1,true,2024-01-01,Oslo\n", 0, 1L, 1.0, "too-many-rows")]
    [InlineData("1,x,1,true,2024-01-01,Oslo\n2,1,1,true,2024-01-01,Oslo\n", 0, 9L, 0.4, "too-many-bad-rows")]
    public async Task Ingest_RowsAgainstTheContract_AreRefused(string rows, int rowsMin, long rowsMax, double badMax, string code) =>
        await AssertRefused(TestLake.PeopleHeader + rows, code, TestLake.People with { RowsMin = rowsMin, RowsMax = rowsMax, QuarantinedFractionMax = badMax });

    [Fact]
    public async Task Ingest_ContractThatContradictsItself_IsRefused() =>
        await AssertRefused(TestLake.PeopleHeader, "contract-invalid", TestLake.People with { RowsMin = 5, RowsMax = 1 });

    [Fact]
    public async Task Ingest_HeaderOfAMillionColumns_IsRefused()
    {
        var csv = string.Join(',', Enumerable.Range(0, 1_000_000)) + "\n";
        await AssertRefused(csv, "header-too-long");
    }

    [Fact]
    public async Task Ingest_TooManyColumns_IsRefused() =>
        await AssertRefused(string.Join(',', Enumerable.Range(0, ContractRules.ColumnsMax + 1)) + "\n", "too-many-columns");

    [Fact]
    public async Task Ingest_InvalidBytes_AreRefusedWithThePlace()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => lake.Ingest([.. "id,age\n1,"u8, 0xC3, 0x28], new("people", "1", [new("id", ColumnType.Integer), new("age", ColumnType.String)])));
        Assert.Equal(("encoding-invalid", "line 2, byte offset 9"), (refused.Refusal.Code, refused.Refusal.Where));
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("")]
    [InlineData("a b")]
    public async Task Ingest_IdThatIsNoFileName_IsRefused(string id) =>
        Assert.Equal("ingestion-id-invalid", (await Assert.ThrowsAsync<RefusedException>(() => lake.Ingest("id\n", id: id))).Refusal.Code);

    [Fact]
    public async Task Ingest_SourceThatWasNotKept_IsRefused()
    {
        var plan = new Lakehouse.Datasets.IngestionPlan(new("default", "people"), "i-1", new("people.csv", new string('0', 64), 1), TestLake.People, null, TestLake.Now);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => lake.Tables.Ingest(plan, null, TestContext.Current.CancellationToken));
        Assert.Equal("source-not-found", refused.Refusal.Code);
    }

    public void Dispose() => lake.Dispose();

    private async Task AssertRefused(string csv, string code, DataContract? contract = null)
    {
        var refusal = await lake.Refusal(csv, contract);
        Assert.Equal(code, refusal.Code);
        Assert.NotNull(refusal.Mend);
        Assert.StartsWith("content/", Assert.Single(lake.Files), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(lake.Root, ".scratch")));
    }
}
