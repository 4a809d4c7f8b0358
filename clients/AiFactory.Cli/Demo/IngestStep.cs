using System.Security.Cryptography;
using AiFactory.Cli.Datasets;
using AiFactory.Client.Datasets;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using Spectre.Console;

namespace AiFactory.Cli.Demo;

/// <summary>Ingests the customers under their contract, with faults planted among them, and tries to break the schema.</summary>
internal sealed class IngestStep : IDemoStep
{
    private const string RenamedColumn = "total_day_minutes";
    private const int QuarantineLimit = 1000;

    public string Name => "ingest";

    public string Title => "Ingest: raw data under a contract";

    public IReadOnlyList<string> ByHand =>
    [
        "factory dataset ingest churn churn-raw.csv --contract churn-contract.yaml",
        "factory dataset quarantine churn",
        "factory dataset show churn",
    ];

    public async Task Run(DemoContext demo)
    {
        Directory.CreateDirectory(demo.Folder);
        var raw = Path.Combine(demo.Folder, "churn-raw.csv");
        var planted = RawFile.Write(raw);
        var contract = await File.ReadAllTextAsync(Path.Combine(RawFile.DataFolder, "churn-contract.yaml"), demo.Cancellation);
        demo.Say($"5,000 telecom customers, and {planted.Count} rows planted among them that break the contract.");

        var ingestion = await Ingest(demo, DatasetUpload.FromFile(raw, contract));
        if (ingestion.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        var version = await demo.Client.Datasets.GetVersion(DemoContext.Churn, ingestion.Version, demo.Cancellation);
        demo.Dataset = version;
        demo.Report.RowsIngested = version.Rows;
        demo.Report.RowsQuarantined = version.QuarantinedRows;
        demo.Console.Write(DatasetViews.Version(version));
        demo.Console.Write(DatasetViews.Profile(version));

        await CheckQuarantine(demo, version, planted);
        demo.Check(version.Rows == 5000, "all 5,000 good rows are in the version");
        demo.Check(version.Source.Sha256 == await Digest(raw, demo.Cancellation), "the lineage names the file by its SHA-256");
        await TryToBreakSchema(demo, raw, contract);
    }

    private static async Task<Ingestion> Ingest(DemoContext demo, DatasetUpload upload)
    {
        var started = await demo.Client.Datasets.Ingest(DemoContext.Churn, upload, demo.Cancellation);
        return await demo.Client.Datasets.WaitForIngestion(DemoContext.Churn, started.Id, cancellation: demo.Cancellation);
    }

    private static async Task CheckQuarantine(DemoContext demo, DatasetVersion version, IReadOnlyList<RawFile.Planted> planted)
    {
        var found = await demo.Client.Datasets.Quarantine(DemoContext.Churn, version.Version, limit: QuarantineLimit, cancellation: demo.Cancellation);
        demo.Console.Write(DatasetViews.Quarantine(found));
        demo.Check(found.Select(RawFile.Planted.Of).ToHashSet().SetEquals(planted), $"the quarantine holds exactly the {planted.Count} planted rows, each with its reason");
    }

    /// <summary>A producer renames a column, in the file and in the contract: models trained on it would break.</summary>
    private static async Task TryToBreakSchema(DemoContext demo, string raw, string contract)
    {
        var renamed = Path.Combine(demo.Folder, "churn-renamed.csv");
        var text = await File.ReadAllTextAsync(raw, demo.Cancellation);
        await File.WriteAllTextAsync(renamed, text.Replace(RenamedColumn, "day_minutes", StringComparison.Ordinal), demo.Cancellation);
        var broken = contract.Replace(RenamedColumn, "day_minutes", StringComparison.Ordinal).Replace("version: 1.0.0", "version: 2.0.0", StringComparison.Ordinal);
        var refusal = await RefusalOf(demo, DatasetUpload.FromFile(renamed, broken));
        demo.Check(refusal is not null, $"renaming {RenamedColumn} is refused as a breaking change of the schema");
        demo.Console.Write(new Padder(new Text(refusal!.ToString(), new Style(Color.Grey)), new Padding(2, 0, 0, 0)));
    }

    private static async Task<Refusal?> RefusalOf(DemoContext demo, DatasetUpload upload)
    {
        try
        {
            return (await Ingest(demo, upload)).Refusal;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }
    }

    private static async Task<string> Digest(string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }
}
