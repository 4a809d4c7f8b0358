using System.Diagnostics;
using System.Globalization;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Tenants;
using AiFactory.Lakehouse;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Benchmarks.Ingest;

/// <summary>
/// Rows a second of an ingestion end to end (contract checks, unique key, Parquet, commit, profile) beside DuckDB's own COPY of the same CSV
/// to Parquet with as many threads, and the peak memory of each size. Every measurement is a process of its own; both take turns, and the
/// best of three counts. Processor seconds are reported too, which other work on the machine disturbs less.
/// </summary>
public static class IngestBenchmark
{
    private const long RowsDefault = 5_000_000;
    private const int Rounds = 3;
    private const string IngestMode = "--ingest", CopyMode = "--copy";

    /// <param name="args">Rows of the large file (default 5,000,000); the small one, to compare memory with, has a fifth.</param>
    public static async Task<int> Run(string[] args)
    {
        if (args is [IngestMode, var csvFile, var root]) return await Ingest(csvFile, root);
        if (args is [CopyMode, var source, var target]) return Copy(source, target);

        var rows = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : RowsDefault;
        var folder = Directory.CreateTempSubdirectory("aifactory-ingest-").FullName;
        try
        {
            foreach (var count in new[] { rows / 5, rows })
            {
                var csv = Path.Combine(folder, "churn.csv");
                ChurnCsv.Write(csv, count);
                List<Measurement> copies = [], ingests = [];
                for (var round = 0; round < Rounds; round++)
                {
                    copies.Add(await Measure(CopyMode, csv, Path.Combine(folder, "copy.parquet")));
                    ingests.Add(await Measure(IngestMode, csv, Path.Combine(folder, "store")));
                    Directory.Delete(Path.Combine(folder, "store"), recursive: true);
                }

                var (copy, ingest) = (copies.MinBy(one => one.Seconds)!, ingests.MinBy(one => one.Seconds)!);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} rows, {new FileInfo(csv).Length >> 20} MiB"));
                Console.WriteLine("  ingest      " + ingest.Describe(count));
                Console.WriteLine("  DuckDB COPY " + copy.Describe(count));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  ratio       {copy.Seconds / ingest.Seconds:F2} by time, {copy.ProcessorSeconds / ingest.ProcessorSeconds:F2} by processor seconds"));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> Ingest(string csv, string root)
    {
        await using var services = new ServiceCollection().AddLakehouse(root).BuildServiceProvider();
        await using var file = File.OpenRead(csv);
        var content = await services.GetRequiredService<IObjectStore>().PutContent(file, CancellationToken.None);
        var tables = services.GetRequiredService<IDatasetTables>();
        var plan = new IngestionPlan(new DatasetKey(Tenant.Default, "churn"), "benchmark", new SourceFile("churn.csv", content.Sha256, content.SizeBytes),
            ChurnCsv.Contract, Previous: null, DateTimeOffset.UnixEpoch);
        var measure = Measurement.Start();
        var version = await tables.Ingest(plan, progress: null, CancellationToken.None);
        Console.WriteLine(measure().ToLine());
        return version.QuarantinedRows == 0 ? 0 : 1;
    }

    private static int Copy(string csv, string parquet)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var measure = Measurement.Start();
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture,
            $"SET threads = {Math.Min(2, Environment.ProcessorCount)}; COPY (FROM read_csv('{csv}')) TO '{parquet}' (FORMAT parquet)");
        command.ExecuteNonQuery();
        Console.WriteLine(measure().ToLine());
        return 0;
    }

    /// <summary>Runs this program again for one measurement.</summary>
    private static async Task<Measurement> Measure(string mode, string source, string target)
    {
        // Under `dotnet X.dll NAME` the arguments before the mode have to be said again; under an executable only the name.
        var self = Environment.GetCommandLineArgs();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(self[0]);
        foreach (var argument in new[] { "ingest", mode, source, target }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The benchmark could not start itself.");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{mode} ended with exit code {process.ExitCode}.");
        return Measurement.FromLine(output);
    }
}
