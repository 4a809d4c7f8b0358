using System.Globalization;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Serialization;
using AiFactory.Lakehouse.Datasets;
using CsCheck;

namespace AiFactory.Lakehouse.Tests.Ingestion;

public sealed class IngestTests : IDisposable
{
    private const string GoodRows =
        "1,30,70.5,true,2024-01-01,Oslo\n" +
        "2,,,,,\n" +
        "3,31,-0.25,FALSE,2024-01-01T12:30:00.5+02:00,\"a \"\"b\"\", c\"\n";

    private readonly TestLake lake = new();

    [Fact]
    public async Task Ingest_GoodRows_ComeBackInOrder()
    {
        var version = await lake.Ingest(TestLake.PeopleHeader + GoodRows);
        Assert.Equal((1, 3L, 0L), (version.Version, version.Rows, version.QuarantinedRows));
        Assert.Empty(version.QuarantineFiles);
        var columns = lake.Tables.ReadColumns(version);
        Assert.Equal(TestLake.People.Columns.Select(column => column.Name), columns.Select(column => column.Name));
        Assert.Equal([1, 2, 3], Numbers(columns[0]));
        Assert.Equal([30, double.NaN, 31], Numbers(columns[1]));
        Assert.Equal([70.5, double.NaN, -0.25], Numbers(columns[2]));
        Assert.Equal(["true", null, "false"], Texts(columns[3]));
        Assert.Equal(["2024-01-01T00:00:00Z", null, "2024-01-01T10:30:00.5Z"], Texts(columns[4]));
        Assert.Equal(["Oslo", null, "a \"b\", c"], Texts(columns[5]));
    }

    [Fact]
    public async Task Ingest_OtherColumnOrder_GivesTheSameRows()
    {
        var version = await lake.Ingest("city,id,age,joined,member,weight\nRome,7,1,2024-01-01,true,2\n");
        Assert.Equal(["Rome"], Texts(Assert.Single(lake.Tables.ReadColumns(version, ["city"]))));
        Assert.Equal([7], Numbers(Assert.Single(lake.Tables.ReadColumns(version, ["id"]))));
    }

    [Fact]
    public async Task Ingest_PlantedFaults_AreExactlyInQuarantine()
    {
        string[] rows =
        [
            "1,30,70,true,2024-01-01,Oslo",
            "2,x,NaN,maybe,yesterday,Oslo",
            ",30,70,true,2024-01-01,Oslo",
            "4,121,70,true,2024-01-01,Paris",
            "5,30,70",
            "1,30,70,true,2024-01-01,Rome",
            "7,-1,70,true,2024-01-01,\"Oslo\"!",
            "1,200,70,true,2024-01-01,Rome",
            "5,1,Infinity,true,2024-01-01,Rome",
            "5,30,70,true,2024-01-01,Rome",
        ];
        var version = await lake.Ingest(TestLake.PeopleHeader + string.Join('\n', rows));
        Assert.Equal((2L, 8L), (version.Rows, version.QuarantinedRows));
        Assert.Equal([1, 5], Numbers(lake.Tables.ReadColumns(version, ["id"])[0]));
        (long Row, string? Column, string Reason, string? Value)[] expected =
        [
            (2, "age", "wrong-type", "x"), (2, "weight", "wrong-type", "NaN"), (2, "member", "wrong-type", "maybe"), (2, "joined", "wrong-type", "yesterday"),
            (3, "id", "missing", null),
            (4, "age", "out-of-range", "121"), (4, "city", "not-allowed", "Paris"),
            (5, null, "wrong-field-count", "3"),
            (6, "id", "duplicate-key", "1"),
            (7, null, "stray-quote", null),
            (8, "id", "duplicate-key", "1"), (8, "age", "out-of-range", "200"),
            (9, "weight", "wrong-type", "Infinity"),
        ];
        var quarantine = lake.Tables.ReadQuarantine(version, 0, 100);
        Assert.Equal(expected, quarantine.Select(fault => (fault.Row, fault.Column, fault.Reason, fault.Value)));
        Assert.All(quarantine, fault => Assert.Equal(rows[fault.Row - 1], fault.Line));
        Assert.Equal(quarantine.Skip(3).Take(2), lake.Tables.ReadQuarantine(version, 3, 2));
    }

    [Fact]
    public async Task Ingest_SmallGroupsAndFiles_KeepsEveryRowOnce()
    {
        using var small = new TestLake(new LakehouseOptions { RootFolder = "", RowGroupRowsMax = 7, FileRowsMax = 20, UniqueKeysInMemoryMax = 16 });
        var random = new Random(11);
        var lines = Enumerable.Range(0, 1000).Select(_ => random.Next(400)).Select(id =>
            random.Next(20) == 0 ? $"{id},oops,1,true,2024-01-01,Oslo" : $"{id},5,1,true,2024-01-01,Oslo").ToList();
        var version = await small.Ingest(TestLake.PeopleHeader + string.Join('\n', lines));

        var good = lines.Where(line => !line.Contains("oops", StringComparison.Ordinal)).Select(line => double.Parse(line.Split(',')[0], CultureInfo.InvariantCulture)).Distinct().ToList();
        Assert.Equal(good, Numbers(small.Tables.ReadColumns(version, ["id"])[0]));
        Assert.Equal(1000, version.Rows + version.QuarantinedRows);
        Assert.True(version.DataFiles.Count > 5);
        var quarantine = small.Tables.ReadQuarantine(version, 0, 10_000);
        Assert.Equal(version.QuarantinedRows, quarantine.Select(fault => fault.Row).Distinct().Count());
        Assert.All(quarantine, fault => Assert.Equal(lines[(int)fault.Row - 1], fault.Line));
        Assert.Equal(quarantine.Select(fault => fault.Row).Order(), quarantine.Select(fault => fault.Row));
    }

    [Fact]
    public Task Ingest_AnyRows_AreEitherGoodOrInQuarantine()
    {
        string[] texts = ["1", "2", "99", "-3", "x", "", "Oslo", "Rome", "true", "2024-01-01", "NaN", "\"a,b\"", "\"q\"z"];
        var field = Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
        return field.Array[5, 7].Array[1, 60].SampleAsync(async rows =>
        {
            using var fresh = new TestLake(new LakehouseOptions { RootFolder = "", RowGroupRowsMax = 8, UniqueKeysInMemoryMax = 4 });
            var lines = rows.Select(fields => string.Join(',', fields)).ToList();
            var version = await fresh.Ingest(TestLake.PeopleHeader + string.Join('\n', lines));
            var quarantine = fresh.Tables.ReadQuarantine(version, 0, 1000);
            Assert.Equal(lines.Count, version.Rows + version.QuarantinedRows);
            Assert.Equal(version.QuarantinedRows, quarantine.Select(fault => fault.Row).Distinct().Count());
            Assert.All(quarantine, fault => Assert.Equal(lines[(int)fault.Row - 1], fault.Line));
            Assert.Equal(version.Rows, Numbers(fresh.Tables.ReadColumns(version, ["id"])[0]).Distinct().Count());
        }, iter: 40, threads: 1);
    }

    [Fact]
    public async Task Ingest_Published_IsWrittenToTheDeltaProtocol()
    {
        await lake.Ingest(TestLake.PeopleHeader + GoodRows + "4,x,,,,\n");
        var second = await lake.Ingest(TestLake.PeopleHeader + GoodRows, id: "i-2");
        Assert.Equal(2, second.Version);

        var first = Commit("data", 0);
        Assert.Equal(["commitInfo", "protocol", "metaData", "txn", "add"], first.Select(action => action.Name));
        Assert.Equal("i-1", first[3].Value.GetProperty("appId").GetString());
        Assert.Contains("""{"name":"id","type":"long","nullable":false,"metadata":{}}""", first[2].Value.GetProperty("schemaString").GetString(), StringComparison.Ordinal);
        var add = first[4].Value;
        Assert.Equal(new FileInfo(Path.Combine(lake.Root, "tables/default/people/data", add.GetProperty("path").GetString()!)).Length, add.GetProperty("size").GetInt64());
        var stats = JsonSerializer.Deserialize<JsonElement>(add.GetProperty("stats").GetString()!);
        Assert.Equal(3, stats.GetProperty("numRecords").GetInt64());
        Assert.Equal(1, stats.GetProperty("nullCount").GetProperty("age").GetInt64());
        Assert.Equal((30, 31), (stats.GetProperty("minValues").GetProperty("age").GetInt64(), stats.GetProperty("maxValues").GetProperty("age").GetInt64()));

        Assert.Equal(["commitInfo", "txn", "remove", "add"], Commit("data", 1).Select(action => action.Name));
        Assert.Equal(["commitInfo", "protocol", "metaData", "txn", "add"], Commit("quarantine", 0).Select(action => action.Name));
    }

    [Fact]
    public async Task Ingest_BreakingChange_IsRefusedAlsoWhenThePlanKnowsNoVersionBefore()
    {
        var first = await lake.Ingest(TestLake.PeopleHeader + GoodRows);
        var narrower = TestLake.People with { Columns = [TestLake.People.Columns[0]] };
        foreach (var previous in new[] { first, null })
        {
            var refused = await Assert.ThrowsAsync<Domain.Refusals.RefusedException>(() => lake.Ingest("id\n1\n", narrower, "i-2", previous));
            Assert.Equal("schema-change-breaking", refused.Refusal.Code);
        }
    }

    [Fact]
    public async Task Ingest_Profile_DescribesTheGoodRows()
    {
        var csv = new StringBuilder("x,word\n");
        for (var i = 1; i <= 20_000; i++) csv.Append(CultureInfo.InvariantCulture, $"{(i % 10 == 0 ? "" : i)},{(i % 4 == 0 ? "even" : "odd")}\n");
        var version = await lake.Ingest(csv.ToString(), new("people", "1.0.0", [new("x", ColumnType.Integer), new("word", ColumnType.String)]));
        var x = version.Profile.Columns[0];
        Assert.Equal((18_000L, 2_000L, 1d, 19_999d), (x.Count, x.Nulls, x.Minimum, x.Maximum));
        Assert.InRange(x.Distinct, 16_000, 18_000);
        Assert.Equal(10_000, x.Mean);
        Assert.Equal(20, x.Histogram!.Count);
        Assert.Equal(18_000, x.Histogram.Sum(bin => bin.Count));
        Assert.Equal(10_000, x.Quantiles![3], 0.5);
        var word = version.Profile.Columns[1];
        Assert.Equal([new("odd", 15_000), new("even", 5_000)], word.TopValues);
        Assert.Equal(2, word.Distinct);
    }

    [Fact]
    public async Task Ingest_LargestNumbers_AreProfiled()
    {
        var csv = new StringBuilder("x\n");
        for (var i = 0; i < 12_000; i++) csv.Append(CultureInfo.InvariantCulture, $"{(i - 6_000) / 6_000.0 * 1.7e308:R}\n");
        var version = await lake.Ingest(csv.ToString(), new("people", "1.0.0", [new("x", ColumnType.Number)]));
        var x = version.Profile.Columns[0];
        Assert.Equal(12_000, x.Histogram!.Sum(bin => bin.Count));
        Assert.InRange(x.StandardDeviation!.Value, 0.9e308, 1.1e308);
    }

    [Fact]
    public async Task Ingest_NoRowsAllowed_PublishesAnEmptyVersion()
    {
        var version = await lake.Ingest(TestLake.PeopleHeader);
        Assert.Equal((0L, 0L), (version.Rows, version.Profile.Rows));
        Assert.Empty(version.DataFiles);
        Assert.Empty(Texts(lake.Tables.ReadColumns(version, ["city"])[0]));
    }

    [Fact]
    public async Task ReadColumns_UnknownColumn_IsRefused()
    {
        var version = await lake.Ingest(TestLake.PeopleHeader + GoodRows);
        Assert.Equal("column-not-found", Assert.Throws<Domain.Refusals.RefusedException>(() => lake.Tables.ReadColumns(version, ["nope"])).Refusal.Code);
    }

    [Fact]
    public async Task Ingest_Cancelled_LeavesOnlyTheSource()
    {
        var content = await lake.Store.PutContent(new MemoryStream("id\n1\n"u8.ToArray()), TestContext.Current.CancellationToken);
        var plan = new IngestionPlan(new("default", "people"), "i-1", new("f", content.Sha256, content.SizeBytes),
            new("people", "1.0.0", [new("id", ColumnType.Integer)]), null, TestLake.Now);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lake.Tables.Ingest(plan, null, new CancellationToken(canceled: true)));
        Assert.Single(lake.Files);
    }

    public void Dispose() => lake.Dispose();

    private List<JsonProperty> Commit(string table, int number) =>
        [.. File.ReadLines(Path.Combine(lake.Root, $"tables/default/people/{table}/_delta_log/{number:D20}.json"))
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line, FactoryJson.Options).EnumerateObject().Single())];

    private static double[] Numbers(TableColumn column) => Assert.IsType<NumberColumn>(column).Values;

    private static string?[] Texts(TableColumn column) => Assert.IsType<TextColumn>(column).Values;
}
