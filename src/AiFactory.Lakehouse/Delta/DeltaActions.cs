using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.Domain.Datasets;
using AiFactory.Lakehouse.Ingestion;

namespace AiFactory.Lakehouse.Delta;

/// <summary>
/// The actions of the Delta transaction log protocol (delta-io/delta, PROTOCOL.md) that are written here. Names are the protocol's.
/// </summary>
internal static class DeltaActions
{
    /// <summary>Reader version 1 and writer version 2: no table features.</summary>
    public static JsonObject Protocol() => new() { ["protocol"] = new JsonObject { ["minReaderVersion"] = 1, ["minWriterVersion"] = 2 } };

    /// <param name="tableFolder">The table's identity is derived from it, so that every writer names the same one.</param>
    public static JsonObject MetaData(string tableFolder, IReadOnlyList<ColumnContract> columns, DateTimeOffset now) => new()
    {
        ["metaData"] = new JsonObject
        {
            ["id"] = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(tableFolder)).AsSpan(0, 16)).ToString(),
            ["format"] = new JsonObject { ["provider"] = "parquet", ["options"] = new JsonObject() },
            ["schemaString"] = SchemaString(columns),
            ["partitionColumns"] = new JsonArray(),
            ["configuration"] = new JsonObject(),
            ["createdTime"] = now.ToUnixTimeMilliseconds(),
        },
    };

    /// <summary>Marks the commit as the work of one ingestion, so that it is not done twice.</summary>
    public static JsonObject Transaction(string ingestionId, DateTimeOffset now) => new()
    {
        ["txn"] = new JsonObject { ["appId"] = ingestionId, ["version"] = 0, ["lastUpdated"] = now.ToUnixTimeMilliseconds() },
    };

    /// <param name="tableFolder">Paths in the log are relative to it.</param>
    public static JsonObject Add(string tableFolder, TableFile file, DateTimeOffset now) => new()
    {
        ["add"] = new JsonObject
        {
            ["path"] = Relative(tableFolder, file.Path),
            ["partitionValues"] = new JsonObject(),
            ["size"] = file.SizeBytes,
            ["modificationTime"] = now.ToUnixTimeMilliseconds(),
            ["dataChange"] = true,
            ["stats"] = JsonSerializer.Serialize(new
            {
                numRecords = file.Statistics.Rows,
                minValues = file.Statistics.Minima,
                maxValues = file.Statistics.Maxima,
                nullCount = file.Statistics.NullCounts,
            }),
        },
    };

    public static JsonObject Remove(string tableFolder, string path, DateTimeOffset now) => new()
    {
        ["remove"] = new JsonObject
        {
            ["path"] = Relative(tableFolder, path),
            ["deletionTimestamp"] = now.ToUnixTimeMilliseconds(),
            ["dataChange"] = true,
        },
    };

    /// <param name="mode"><c>Overwrite</c> or <c>Append</c>.</param>
    public static JsonObject CommitInfo(string mode, DateTimeOffset now) => new()
    {
        ["commitInfo"] = new JsonObject
        {
            ["timestamp"] = now.ToUnixTimeMilliseconds(),
            ["operation"] = "WRITE",
            ["operationParameters"] = new JsonObject { ["mode"] = mode, ["partitionBy"] = "[]" },
            ["isBlindAppend"] = mode == "Append",
            ["engineInfo"] = "AiFactory",
        },
    };

    /// <summary>The schema in Spark's JSON form, which the protocol keeps as text.</summary>
    internal static string SchemaString(IReadOnlyList<ColumnContract> columns) => new JsonObject
    {
        ["type"] = "struct",
        ["fields"] = new JsonArray([.. columns.Select(column => new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type switch
            {
                ColumnType.Integer => "long",
                ColumnType.Number => "double",
                ColumnType.Boolean => "boolean",
                ColumnType.Timestamp => "timestamp",
                _ => "string",
            },
            ["nullable"] = !column.Required,
            ["metadata"] = new JsonObject(),
        })]),
    }.ToJsonString();

    // Ingestion ids have no character that a URI would escape, as the protocol asks of paths.
    private static string Relative(string tableFolder, string path) => path[(tableFolder.Length + 1)..];
}
