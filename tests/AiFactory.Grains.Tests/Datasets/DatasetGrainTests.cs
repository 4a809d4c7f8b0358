using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Tests.Cluster;
using AiFactory.Grains.Tests.Doubles;

namespace AiFactory.Grains.Tests.Datasets;

[Collection(FactoryClusterDefinition.Name)]
public sealed class DatasetGrainTests(FactoryCluster factory)
{
    [Fact]
    public async Task Ingest_GivenContract_PublishesAndKeepsVersion()
    {
        var dataset = Dataset("published");
        var ingestion = await dataset.Ingest(new IngestDataset(Samples.Source("a.csv", "a"), Samples.Contract("published")));
        Assert.Equal(IngestionStatus.Running, ingestion.Status);

        await Ended(dataset, ingestion.Id);
        await factory.Deactivate(dataset);

        var kept = await dataset.Get();
        Assert.Equal((IngestionStatus.Published, 1, 101L), (kept.Ingestions[0].Status, kept.Ingestions[0].Version, kept.Ingestions[0].RowsRead));
        Assert.Equal("1", kept.Contract!.Version);
        Assert.Equal(3.25, (await dataset.GetVersion(null)).Profile.Columns[1].StandardDeviation);
        Assert.Contains("published", await factory.Grains.GetGrain<IDatasetCatalogGrain>("default").List());
    }

    [Fact]
    public async Task Ingest_SameSourceAndContractAgain_GivesSameIngestion()
    {
        var dataset = Dataset("again");
        var command = new IngestDataset(Samples.Source("a.csv", "again"), Samples.Contract("again"));
        var first = await dataset.Ingest(command);
        await Ended(dataset, first.Id);
        await factory.Deactivate(dataset);

        var second = await dataset.Ingest(command);
        var withoutContract = await dataset.Ingest(command with { Contract = null });

        Assert.Equal((first.Id, first.Id), (second.Id, withoutContract.Id));
        Assert.Equal(1, factory.Tables.Calls(first.Id));
        Assert.Single((await dataset.Get()).Versions);
    }

    [Fact]
    public async Task Ingest_NoContractAnywhere_InfersOne()
    {
        var dataset = Dataset("inferred");
        var content = await factory.Objects.PutContent(new MemoryStream("id,age,churn\n"u8.ToArray()), TestContext.Current.CancellationToken);
        var ingestion = await dataset.Ingest(new IngestDataset(new SourceFile("i.csv", content.Sha256, content.SizeBytes), null));

        await Ended(dataset, ingestion.Id);

        Assert.Equal("inferred", (await dataset.Get()).Contract!.Version);
    }

    [Fact]
    public async Task Ingest_SeveralAtOnce_PublishesInOrder()
    {
        var dataset = Dataset("queue");
        var contract = Samples.Contract("queue");
        var first = await dataset.Ingest(new IngestDataset(Samples.Source("hold.csv", "q1"), contract));
        var second = await dataset.Ingest(new IngestDataset(Samples.Source("b.csv", "q2"), contract));
        Assert.Equal(7, (await Condition.Until(() => dataset.GetIngestion(first.Id), ingestion => ingestion.RowsRead > 0)).RowsRead);
        factory.Tables.Release("queue");

        await Ended(dataset, second.Id);

        Assert.Equal([(1, first.Id), (2, second.Id)], (await dataset.Get()).Versions.Select(version => (version.Version, version.IngestionId)));
    }

    [Fact]
    public async Task Ingest_FileRefused_KeepsRefusalAndNoVersion()
    {
        var dataset = Dataset("refused");
        var ingestion = await dataset.Ingest(new IngestDataset(Samples.Source("refuse.csv", "r"), Samples.Contract("refused")));
        await Ended(dataset, ingestion.Id);
        await factory.Deactivate(dataset);

        var kept = await dataset.GetIngestion(ingestion.Id);

        Assert.Equal((IngestionStatus.Refused, "schema-breaks"), (kept.Status, kept.Refusal!.Code));
        Assert.Equal("dataset-version-not-found", (await Condition.Refused(() => dataset.GetVersion(null))).Code);
    }

    [Fact]
    public async Task Ingest_AfterPassingRefusal_RunsAgain()
    {
        var dataset = Dataset("full");
        var command = new IngestDataset(Samples.Source("full.csv", "f"), Samples.Contract("full"));
        var first = await dataset.Ingest(command);
        Assert.Equal(RefusalKind.StorageFull, (await Ended(dataset, first.Id)).Refusal!.Kind);

        var second = await dataset.Ingest(command);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(IngestionStatus.Published, (await Ended(dataset, second.Id)).Status);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("-dash")]
    public async Task Ingest_BadName_IsRefused(string name) =>
        Assert.Equal("name-invalid", (await Condition.Refused(() => Dataset(name).Ingest(new IngestDataset(Samples.Source("a.csv", "n"), Samples.Contract("n"))))).Code);

    [Fact]
    public async Task Get_UnknownDataset_RefusalCrossesIntact() =>
        Assert.Equal(
            new Refusal("dataset-not-found", RefusalKind.NotFound, "There is no dataset nowhere.", "nowhere", "Ingest a file first with factory dataset ingest."),
            await Condition.Refused(() => Dataset("nowhere").Get()));

    private IDatasetGrain Dataset(string name) => factory.Grains.GetGrain<IDatasetGrain>($"default/{name}");

    private static Task<Ingestion> Ended(IDatasetGrain dataset, string id) =>
        Condition.Until(() => dataset.GetIngestion(id), ingestion => ingestion.Status != IngestionStatus.Running);
}
