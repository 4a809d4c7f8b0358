using System.Text;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Tests;

/// <summary>A lakehouse in a folder of its own, gone afterwards.</summary>
internal sealed class TestLake : IDisposable
{
    public static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly bool owned;

    public TestLake(LakehouseOptions? options = null, string? root = null)
    {
        owned = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("aifactory-lake-").FullName;
        Options = (options ?? new LakehouseOptions { RootFolder = Root }) with { RootFolder = Root };
        Store = new LocalObjectStore(Root, TimeProvider.System);
    }

    public string Root { get; }

    public LakehouseOptions Options { get; }

    /// <summary>May be replaced by one that fails.</summary>
    public IObjectStore Store { get; set; }

    public IDatasetTables Tables => new DatasetTables(Store, Options);

    /// <summary>Everything under the root but folders, by relative path.</summary>
    public IReadOnlyList<string> Files =>
        [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal)];

    public static DataContract People { get; } = new("people", "1.0.0",
    [
        new("id", ColumnType.Integer, Required: true, Unique: true),
        new("age", ColumnType.Integer, Minimum: 0, Maximum: 120),
        new("weight", ColumnType.Number),
        new("member", ColumnType.Boolean),
        new("joined", ColumnType.Timestamp),
        new("city", ColumnType.String, AllowedValues: ["Oslo", "Rome", "a \"b\", c"]),
    ], QuarantinedFractionMax: 1, RowsMin: 0);

    public const string PeopleHeader = "id,age,weight,member,joined,city\n";

    public Task<DatasetVersion> Ingest(string csv, DataContract? contract = null, string id = "i-1", DatasetVersion? previous = null) =>
        Ingest(Encoding.UTF8.GetBytes(csv), contract, id, previous);

    public async Task<DatasetVersion> Ingest(byte[] csv, DataContract? contract = null, string id = "i-1", DatasetVersion? previous = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var content = await Store.PutContent(new MemoryStream(csv), cancellation);
        var plan = new IngestionPlan(new DatasetKey("default", "people"), id, new SourceFile("people.csv", content.Sha256, content.SizeBytes, Now),
            contract ?? People, previous, Now);
        return await Tables.Ingest(plan, null, cancellation);
    }

    public async Task<Refusal> Refusal(string csv, DataContract? contract = null, DatasetVersion? previous = null) =>
        (await Assert.ThrowsAsync<RefusedException>(() => Ingest(csv, contract, previous: previous))).Refusal;

    public void Dispose()
    {
        if (owned) Directory.Delete(Root, recursive: true);
    }
}
