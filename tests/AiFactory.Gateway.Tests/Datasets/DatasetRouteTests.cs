using System.Text;
using AiFactory.Gateway.Fakes;
using AiFactory.Grains.Datasets;

namespace AiFactory.Gateway.Datasets;

public sealed class DatasetRouteTests
{
    private const string Contract = """
        kind: DataContract
        apiVersion: v3.1.0
        id: churn
        name: churn
        version: 1.0.0
        status: active
        schema:
          - name: churn
            properties:
              - name: id
                logicalType: string
                required: true
                unique: true
        """;

    [Fact]
    public async Task Ingest_Csv_IsKeptAndStarted()
    {
        await using var host = await GatewayHost.Start();

        var answer = await host.Post("/v1/datasets/churn/ingestions?fileName=day%201.csv&modifiedAt=2026-01-31T12:00:00Z", "id,age\n1,2\n", "text/csv");

        Assert.Equal((202, "/v1/datasets/churn/ingestions/i1"), (answer.Status, answer.Location));
        var source = Dataset(host).Ingested!.Source;
        Assert.Equal(("day 1.csv", 11L, new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)), (source.FileName, source.SizeBytes, source.ModifiedAt));
        Assert.Equal("id,age\n1,2\n", Encoding.UTF8.GetString(host.Objects[$"content/{source.Sha256}"]));
        Assert.Equal("running", (await host.Get(answer.Location!)).Json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ingest_Multipart_TakesFileAndContractInAnyOrder(bool contractFirst)
    {
        await using var host = await GatewayHost.Start();
        using var form = new MultipartFormDataContent();
        if (contractFirst)
        {
            form.Add(new StringContent(Contract), "contract");
        }

        form.Add(new StringContent("id\n1\n"), "file", "given.csv");
        if (!contractFirst)
        {
            form.Add(new StringContent(Contract), "contract");
        }

        Assert.Equal(202, (await host.Send(HttpMethod.Post, "/v1/datasets/churn/ingestions", form)).Status);

        var ingested = Dataset(host).Ingested!;
        Assert.Equal(("given.csv", "id"), (ingested.Source.FileName, Assert.Single(ingested.Contract!.Columns).Name));
    }

    [Fact]
    public async Task Ingest_MultipartWithoutFile_Is400()
    {
        await using var host = await GatewayHost.Start();
        using var form = new MultipartFormDataContent { { new StringContent(Contract), "contract" } };
        using var other = new MultipartFormDataContent { { new StringContent("x"), "else" } };

        (await host.Send(HttpMethod.Post, "/v1/datasets/churn/ingestions", form)).Problem(400, "file-missing");
        (await host.Send(HttpMethod.Post, "/v1/datasets/churn/ingestions", other)).Problem(400, "multipart-malformed");
        (await host.Post("/v1/datasets/churn/ingestions", "--b\r\nrubbish", "multipart/form-data; boundary=b")).Problem(400, "multipart-malformed");
        (await host.Post("/v1/datasets/churn/ingestions", "x", "multipart/form-data")).Problem(400, "multipart-malformed");
    }

    [Theory]
    [InlineData("/v1/datasets/churn/ingestions?modifiedAt=yesterday", "text/csv", 400, "timestamp-malformed")]
    [InlineData("/v1/datasets/churn/ingestions", "application/json", 415, "content-type-unsupported")]
    [InlineData("/v1/datasets/Churn!/ingestions", "text/csv", 400, "name-invalid")]
    public async Task Ingest_BadRequest_IsRefused(string path, string contentType, int status, string code)
    {
        await using var host = await GatewayHost.Start();

        (await host.Post(path, "id\n1\n", contentType)).Problem(status, code);
    }

    [Fact]
    public async Task Ingest_OverTheLimit_Is413()
    {
        await using var host = await GatewayHost.Start(options => options.IngestBytesMax = 2048);
        using var unknownLength = new StreamContent(new MemoryStream(new byte[5000])) { Headers = { ContentType = new("text/csv") } };
        unknownLength.Headers.ContentLength = null;
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[5000]), "file", "f.csv" } };

        (await host.Post("/v1/datasets/churn/ingestions", new string('x', 3000), "text/csv")).Problem(413, "body-too-large");
        (await host.Send(HttpMethod.Post, "/v1/datasets/churn/ingestions", unknownLength, ("Transfer-Encoding", "chunked"))).Problem(413, "body-too-large");
        (await host.Send(HttpMethod.Post, "/v1/datasets/churn/ingestions", form)).Problem(413, "body-too-large");
    }

    [Fact]
    public async Task Ingest_FullDisk_Is507()
    {
        await using var host = await GatewayHost.Start();
        host.Objects.Full = true;

        (await host.Post("/v1/datasets/churn/ingestions", "id\n1\n", "text/csv")).Problem(507, "object-store-full");
    }

    [Fact]
    public async Task Infer_Csv_GivesJsonOrYaml()
    {
        await using var host = await GatewayHost.Start();

        var json = await host.Post("/v1/datasets/infer?name=churn", "id,age\n1,2\n", "text/csv");
        var yaml = await host.Post("/v1/datasets/infer?name=churn", "id,age\n1,2\n", "text/csv", ("Accept", "application/yaml"));

        Assert.Equal(("churn", 2), (json.Json.GetProperty("name").GetString(), json.Json.GetProperty("columns").GetArrayLength()));
        Assert.StartsWith("application/yaml", yaml.ContentType, StringComparison.Ordinal);
        Assert.Contains("DataContract", yaml.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Dataset_GivesVersionsAndQuarantine()
    {
        await using var host = await GatewayHost.Start();
        await host.Grains.GetGrain<IDatasetCatalogGrain>("default").Add("churn");
        Dataset(host).Version = FakeDataset.VersionOf("churn", 4, 10);

        Assert.Equal("""["churn"]""", (await host.Get("/v1/datasets")).Text);
        Assert.Equal("churn", (await host.Get("/v1/datasets/churn")).Json.GetProperty("name").GetString());
        Assert.Equal(4, (await host.Get("/v1/datasets/churn/versions/latest")).Json.GetProperty("version").GetInt32());
        Assert.Equal(4, (await host.Get("/v1/datasets/churn/versions/4")).Json.GetProperty("version").GetInt32());
        var quarantine = (await host.Get("/v1/datasets/churn/versions/4/quarantine?offset=5&limit=2")).Json;
        Assert.Equal((2, 5), (quarantine.GetArrayLength(), quarantine[0].GetProperty("row").GetInt32()));
    }

    [Theory]
    [InlineData("/v1/datasets/nope", 404, "dataset-not-found")]
    [InlineData("/v1/datasets/nope/versions/latest", 404, "dataset-not-found")]
    [InlineData("/v1/datasets/nope/versions/0", 400, "version-malformed")]
    [InlineData("/v1/datasets/nope/versions/x", 400, "version-malformed")]
    [InlineData("/v1/datasets/nope/versions/1/quarantine?limit=0", 400, "page-malformed")]
    [InlineData("/v1/datasets/nope/versions/1/quarantine?limit=x", 400, "request-malformed")]
    [InlineData("/v1/datasets/nope/ingestions/i9", 404, "ingestion-not-found")]
    [InlineData("/v1/nothing/here", 404, "route-not-found")]
    public async Task Get_WhatIsNotThere_IsAProblem(string path, int status, string code)
    {
        await using var host = await GatewayHost.Start();

        (await host.Get(path)).Problem(status, code);
    }

    private static FakeDataset Dataset(GatewayHost host) => (FakeDataset)host.Grains.GetGrain<IDatasetGrain>("default/churn");
}
